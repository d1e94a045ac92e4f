import { boolField, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import type { CollectionEntry } from "../storage/catalog-entry";
import type { InsertOp } from "../storage/write-op";
import type { Command } from "./command";
import { assertCollectionUuid } from "./collection-source";
import { documentSequence } from "./document-sequence";
import { prepareInsert, stampSource } from "./prepare-document";
import { commitWrites } from "./retryable";
import { assertBatchSize } from "./update";
import { validatorOf } from "./validation";
import { presentWriteError, type WriteError } from "./write-errors";
import { assertWriteTarget, ensureCollection } from "./write-target";

/** Checks documents one after another; a bad one is a write error, and in an ordered batch the last that is looked at. */
function prepareAll(
  ctx: CommandContext,
  entry: CollectionEntry,
  docs: Buffer[],
  ordered: boolean,
): { ops: InsertOp[]; positions: number[]; errors: WriteError[] } {
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
  assertBatchSize(docs.length);
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
    fields: [
      "documents",
      "ordered",
      "bypassDocumentValidation",
      "bypassEmptyTsReplacement",
      "collectionUUID",
      "encryptionInformation",
      "maxTimeMS",
    ],
    run: insert,
  },
];
