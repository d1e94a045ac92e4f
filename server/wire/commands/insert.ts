import { ObjectId } from "bson";
import { BSON_TYPE, BsonCursor, assertDocument, elements, findElement } from "@/server/engine/bson/document";
import { commandError, type CommandError } from "../command-error";
import { boolField, type Document } from "../protocol/decode";
import { encodeValue } from "../protocol/encode";
import type { CommandContext } from "../server/context";
import type { CollectionEntry } from "../storage/catalog-entry";
import { assertStorable } from "../storage/record-writer";
import type { InsertOp } from "../storage/write-op";
import type { Command } from "./command";
import { assertCollectionUuid } from "./collection-source";
import { documentSequence } from "./document-sequence";
import { commitWrites } from "./retryable";
import { validatorOf } from "./validation";
import { presentWriteError, type WriteError } from "./write-errors";
import { assertWriteTarget, ensureCollection } from "./write-target";

export const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;
const BATCH_MAX = 100_000;

function invalidId(text: string): CommandError {
  return commandError(53, text);
}

/** Types that no _id may have. */
function assertId(doc: Buffer): void {
  const id = findElement(doc, "_id")!;
  if (id.type === BSON_TYPE.array) throw invalidId("The '_id' value cannot be of type array");
  if (id.type === BSON_TYPE.regex) throw invalidId("The '_id' value cannot be of type regex");
  if (id.type === BSON_TYPE.undefined) throw invalidId("The '_id' value cannot be of type undefined");
  if (id.type !== BSON_TYPE.object) return;
  for (const { name } of elements(doc, id.start)) {
    if (name.startsWith("$")) throw commandError(52, `_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage.`);
  }
}

/** Puts an element in front of the others. */
function withFirst(element: Buffer, parts: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.alloc(4), element, ...parts, Buffer.from([0])]);
  body.writeInt32LE(body.length, 0);
  return body;
}

function newId(): Buffer {
  const { type, bytes } = encodeValue(new ObjectId());
  return Buffer.concat([Buffer.from([type]), Buffer.from("_id\0"), bytes]);
}

/** As the server stores it: _id first, made when absent; an empty top-level Timestamp becomes now. Otherwise untouched. */
export function prepareInsert(doc: Buffer, stamp: () => Buffer): Buffer {
  assertStorable(doc, DOCUMENT_BYTES_MAX);
  assertDocument(doc);
  let prepared = doc;
  const id = findElement(doc, "_id");
  if (!id) prepared = withFirst(newId(), [doc.subarray(4, doc.length - 1)]);
  else if (id.elementStart !== 4) {
    const own = doc.subarray(id.elementStart, id.end);
    prepared = withFirst(own, [doc.subarray(4, id.elementStart), doc.subarray(id.end, doc.length - 1)]);
  }
  assertId(prepared);
  return stampEmpty(prepared, stamp);
}

function stampEmpty(doc: Buffer, stamp: () => Buffer): Buffer {
  const cursor = new BsonCursor(doc);
  let out = doc;
  while (cursor.next()) {
    if (cursor.type !== BSON_TYPE.timestamp || cursor.nameIs("_id")) continue;
    if (doc.readBigUInt64LE(cursor.start) !== 0n) continue;
    if (out === doc) out = Buffer.from(doc);
    stamp().copy(out, cursor.start);
  }
  return out;
}

function stampSource(ctx: CommandContext): () => Buffer {
  let increment = 0;
  return () => {
    increment += 1;
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeUInt32LE(increment, 0);
    bytes.writeUInt32LE(Math.floor(ctx.server.clock.now().getTime() / 1000), 4);
    return bytes;
  };
}

/** Checks documents one after another; a bad one is a write error, and in an ordered batch the last that is looked at. */
function prepareAll(ctx: CommandContext, entry: CollectionEntry, docs: Buffer[], ordered: boolean): { ops: InsertOp[]; positions: number[]; errors: WriteError[] } {
  const validate = boolField(ctx.body, "bypassDocumentValidation") ? null : validatorOf(entry);
  const keepEmpty = boolField(ctx.body, "bypassEmptyTsReplacement");
  const stamp = stampSource(ctx);
  const ops: InsertOp[] = [];
  const positions: number[] = [];
  const errors: WriteError[] = [];
  for (const [index, raw] of docs.entries()) {
    try {
      const doc = prepareInsert(raw, keepEmpty ? () => Buffer.alloc(8) : stamp);
      validate?.(doc);
      ops.push({ kind: "insert", entry, doc });
      positions.push(index);
    } catch (error) {
      errors.push(presentWriteError(index, error));
      if (ordered) break;
    }
  }
  return { ops, positions, errors };
}

async function insert(ctx: CommandContext): Promise<Document> {
  const { namespace } = ctx;
  const docs = documentSequence(ctx, "documents");
  if (docs.length === 0 || docs.length > BATCH_MAX) {
    throw commandError(16, `Write batch sizes must be between 1 and ${BATCH_MAX}. Got ${docs.length} operations.`);
  }
  assertWriteTarget(ctx, namespace);
  assertCollectionUuid(ctx, ctx.server.store.collection(namespace));
  const ordered = boolField(ctx.body, "ordered", true);
  const entry = ensureCollection(ctx, namespace);
  const { ops, positions, errors } = prepareAll(ctx, entry, docs, ordered);
  ctx.server.opcounters.insert += ops.length;
  const result = await commitWrites(ctx, ops, { ordered, statementOf: (position) => positions[position]! });
  for (const [position, error] of result.errors) errors.push(presentWriteError(positions[position]!, error));
  errors.sort((a, b) => a.index - b.index);
  const kept = ordered ? errors.slice(0, 1) : errors;
  return { n: result.n, ...(kept.length > 0 && { writeErrors: kept }) };
}

export const insertCommands: readonly Command[] = [
  {
    name: "insert",
    needs: (ctx) => [
      { target: { db: ctx.db, collection: ctx.collectionName }, action: "insert" },
      ...(boolField(ctx.body, "bypassDocumentValidation")
        ? [{ target: { db: ctx.db, collection: ctx.collectionName }, action: "bypassDocumentValidation" }]
        : []),
    ],
    writes: true,
    inTransaction: true,
    fields: ["documents", "ordered", "bypassDocumentValidation", "bypassEmptyTsReplacement", "collectionUUID", "encryptionInformation", "maxTimeMS"],
    run: insert,
  },
];

