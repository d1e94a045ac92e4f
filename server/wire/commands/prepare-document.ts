import { ObjectId } from "bson";
import { BSON_TYPE, BsonCursor, assertDocument, elements, findElement } from "@/server/engine/bson/document";
import { commandError, type CommandError } from "../command-error";
import { encodeValue } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import { assertStorable } from "../storage/record-writer";

export const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;

function invalidId(text: string): CommandError {
  return commandError(53, text);
}

/** Types that no _id may have. */
export function assertId(doc: Buffer): void {
  const id = findElement(doc, "_id")!;
  if (id.type === BSON_TYPE.objectId) return;
  if (id.type === BSON_TYPE.array) throw invalidId("The '_id' value cannot be of type array");
  if (id.type === BSON_TYPE.regex) throw invalidId("The '_id' value cannot be of type regex");
  if (id.type === BSON_TYPE.undefined) throw invalidId("The '_id' value cannot be of type undefined");
  if (id.type !== BSON_TYPE.object) return;
  for (const { name } of elements(doc, id.start)) {
    if (name.startsWith("$"))
      throw commandError(52, `_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage.`);
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

export function stampSource(ctx: CommandContext): () => Buffer {
  let increment = 0;
  return () => {
    increment += 1;
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeUInt32LE(increment, 0);
    bytes.writeUInt32LE(Math.floor(ctx.server.clock.now().getTime() / 1000), 4);
    return bytes;
  };
}
