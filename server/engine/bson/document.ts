import { BSON_TYPE, BsonCursor, documentLength, invalidBson, type BsonElement } from "./cursor";

export { BSON_TYPE, BsonCursor, documentLength, invalidBson, type BsonElement } from "./cursor";

/** The server stores 100 levels for users and 200 internally; what nests deeper never came from one. */
const DEPTH_MAX = 200;
const OLD_BINARY_SUBTYPE = 0x02;

/** The elements of the document at `offset`, in stored order, duplicate names included. Throws BSON_INVALID. */
export function* elements(doc: Buffer, offset = 0): Generator<BsonElement> {
  const cursor = new BsonCursor(doc, offset);
  while (cursor.next()) yield cursor.element();
}

/** The first element of that name at the top level of the document, or null. Throws BSON_INVALID. */
export function findElement(doc: Buffer, name: string, offset = 0): BsonElement | null {
  const cursor = new BsonCursor(doc, offset);
  while (cursor.next()) if (cursor.nameIs(name)) return cursor.element();
  return null;
}

/**
 * Documents that lie back to back, as views of `batch` (no copy). Only lengths and end marks are checked; the walk of
 * each document checks the rest. Throws BSON_INVALID when the last one is cut short.
 */
export function* splitDocuments(batch: Buffer): Generator<Buffer> {
  let at = 0;
  while (at < batch.length) {
    const end = at + documentLength(batch, at);
    yield batch.subarray(at, end);
    at = end;
  }
}

/**
 * Throws BSON_INVALID unless the buffer is exactly one well-formed document: stated lengths, end marks, known types,
 * booleans of 0 or 1, nesting up to 200 levels. Text is not checked for UTF-8: servers accept and return broken text,
 * and a backup must carry it unchanged.
 */
export function assertDocument(doc: Buffer): void {
  if (documentLength(doc) !== doc.length) throw invalidBson("bytes follow the document", documentLength(doc));
  assertElements(doc, 0, doc.length, 1);
}

function assertElements(doc: Buffer, offset: number, limit: number, depth: number): void {
  if (depth > DEPTH_MAX) throw invalidBson(`the document nests deeper than ${DEPTH_MAX} levels`, offset);
  const cursor = new BsonCursor(doc, offset, limit);
  while (cursor.next()) {
    const { type, start, end } = cursor;
    switch (type) {
      case BSON_TYPE.object:
      case BSON_TYPE.array:
        assertElements(doc, start, end, depth + 1);
        break;
      case BSON_TYPE.codeWithScope:
        assertElements(doc, start + 8 + doc.readInt32LE(start + 4), end, depth + 1);
        break;
      case BSON_TYPE.bool:
        if (doc[start]! > 1) throw invalidBson("a boolean is neither 0 nor 1", start);
        break;
      case BSON_TYPE.binData:
        assertBinary(doc, start);
        break;
    }
  }
}

/** Subtype 2 repeats its length inside. */
function assertBinary(doc: Buffer, start: number): void {
  if (doc[start + 4] !== OLD_BINARY_SUBTYPE) return;
  const outer = doc.readInt32LE(start);
  if (outer < 4 || doc.readInt32LE(start + 5) !== outer - 4) {
    throw invalidBson("old binary data states a wrong inner length", start);
  }
}
