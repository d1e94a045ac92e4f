import { serialize } from "bson";
import { BSON_TYPE, BsonCursor, findElement, invalidBson, type BsonElement } from "./document";
import { KeyWriter } from "./key-writer";
import { writeNumber } from "./number-key";
import { canonicalRank } from "./rank";

/**
 * Order-preserving keys: comparing two keys byte by byte gives the order of the values (compare.ts), and equal keys
 * mean equal values. A key is a rank byte and a payload that ends itself, so keys can be put one behind another. What
 * equality ignores (numeric type, decimal cohort, the sign of zero, string or symbol) is not in the key.
 */
const scratch = new KeyWriter();

/** The key of one element's value. Any length is possible: a 16 MB string has a key of 16 MB. */
export function encodeKey(doc: Buffer, element: BsonElement): Buffer {
  scratch.length = 0;
  writeValue(scratch, doc, element.type, element.start, element.end);
  return scratch.take();
}

/** The key of the top-level `_id`. Throws BSON_INVALID when the document has none. */
export function encodeIdKey(doc: Buffer): Buffer {
  const cursor = new BsonCursor(doc);
  while (cursor.next()) {
    if (!cursor.nameIs("_id")) continue;
    scratch.length = 0;
    writeValue(scratch, doc, cursor.type, cursor.start, cursor.end);
    return scratch.take();
  }
  throw invalidBson("the document has no _id", 0);
}

/** The key of a value of the `bson` package (Int32, Long, Double, ObjectId, plain values, …). */
export function encodeValueKey(value: unknown): Buffer {
  const doc = Buffer.from(serialize({ v: value }, { ignoreUndefined: false }));
  const element = findElement(doc, "v");
  if (!element) throw invalidBson("the value has no form in BSON", 0);
  return encodeKey(doc, element);
}

function writeValue(writer: KeyWriter, doc: Buffer, type: number, start: number, end: number): void {
  writer.byte(canonicalRank(type));
  writePayload(writer, doc, type, start, end);
}

function writePayload(writer: KeyWriter, doc: Buffer, type: number, start: number, end: number): void {
  switch (type) {
    case BSON_TYPE.objectId:
      return writer.slice(doc, start, end);
    case BSON_TYPE.int32:
    case BSON_TYPE.int64:
    case BSON_TYPE.double:
    case BSON_TYPE.decimal128:
      return writeNumber(writer, doc, type, start);
    case BSON_TYPE.string:
    case BSON_TYPE.symbol:
    case BSON_TYPE.code:
      return writer.text(doc, start + 4, end - 1);
    case BSON_TYPE.object:
      return writeObject(writer, doc, start, end);
    case BSON_TYPE.array:
      return writeArray(writer, doc, start, end);
    case BSON_TYPE.binData:
      writer.uint32(doc.readUInt32LE(start));
      return writer.slice(doc, start + 4, end);
    case BSON_TYPE.bool:
      return writer.byte(doc[start]! === 0 ? 0 : 1);
    case BSON_TYPE.date:
      writer.reversed64(doc, start);
      writer.bytes[writer.length - 8]! ^= 0x80;
      return;
    case BSON_TYPE.timestamp:
      return writer.reversed64(doc, start);
    case BSON_TYPE.regex: {
      const patternEnd = doc.indexOf(0, start);
      writer.text(doc, start, patternEnd);
      return writer.text(doc, patternEnd + 1, end - 1);
    }
    case BSON_TYPE.dbPointer:
      writer.uint32(end - start);
      return writer.slice(doc, start, end);
    case BSON_TYPE.codeWithScope: {
      const codeEnd = start + 8 + doc.readInt32LE(start + 4);
      writer.text(doc, start + 8, codeEnd - 1);
      return writeObject(writer, doc, codeEnd, end);
    }
  }
}

/** Field by field as the server compares: type, then name, then value; a prefix is smaller. */
function writeObject(writer: KeyWriter, doc: Buffer, start: number, end: number): void {
  const cursor = new BsonCursor(doc, start, end);
  while (cursor.next()) {
    writer.byte(canonicalRank(cursor.type));
    writer.slice(doc, cursor.nameStart, cursor.nameEnd + 1);
    writePayload(writer, doc, cursor.type, cursor.start, cursor.end);
  }
  writer.byte(0);
}

function writeArray(writer: KeyWriter, doc: Buffer, start: number, end: number): void {
  const cursor = new BsonCursor(doc, start, end);
  while (cursor.next()) writeValue(writer, doc, cursor.type, cursor.start, cursor.end);
  writer.byte(0);
}
