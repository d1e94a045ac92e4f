import { deserialize, serialize, type Document } from "bson";
import { BSON_TYPE, BsonCursor, type BsonElement } from "@/server/engine/bson/document";

/** A BSON document, as bytes or as something the driver's serializer accepts (a Map keeps numeric names in order). */
export type DocumentLike = Buffer | Document;

/**
 * One BSON value where it lies: type and byte range in a buffer. Immutable; nothing is decoded until asked for. It is
 * also a `BsonElement` (without a name), so that the walks and comparisons of the engine take it as it is.
 */
export class Raw implements BsonElement {
  readonly name = "";

  constructor(
    readonly buf: Buffer,
    readonly type: number,
    readonly start: number,
    readonly end: number,
  ) {}

  get elementStart(): number {
    return this.start;
  }

  /** Another value in the same buffer. */
  at(type: number, start: number, end: number): Raw {
    return new Raw(this.buf, type, start, end);
  }

  /** The value's bytes, a view without copy. */
  bytes(): Buffer {
    return this.buf.subarray(this.start, this.end);
  }

  get isObject(): boolean {
    return this.type === BSON_TYPE.object;
  }

  get isArray(): boolean {
    return this.type === BSON_TYPE.array;
  }

  /** True for strings and symbols. */
  get isString(): boolean {
    return this.type === BSON_TYPE.string || this.type === BSON_TYPE.symbol;
  }

  /** True for null and undefined. */
  get isNullish(): boolean {
    return this.type === BSON_TYPE.null || this.type === BSON_TYPE.undefined;
  }

  get isNumber(): boolean {
    return isNumberType(this.type);
  }

  /** The text of a string, symbol or code value. */
  text(): string {
    return this.buf.toString("utf8", this.start + 4, this.end - 1);
  }
}

/** A named value. */
export interface Field {
  readonly name: string;
  readonly value: Raw;
}

/** True for the four numeric types. */
export function isNumberType(type: number): boolean {
  return (
    type === BSON_TYPE.int32 || type === BSON_TYPE.double || type === BSON_TYPE.int64 || type === BSON_TYPE.decimal128
  );
}

/** The bytes of a document; a Buffer is taken as it is. */
export function toBytes(doc: DocumentLike): Buffer {
  if (Buffer.isBuffer(doc)) return doc;
  const bytes = serialize(doc, { ignoreUndefined: true });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The value of a whole document. */
export function rawDocument(doc: DocumentLike): Raw {
  const bytes = toBytes(doc);
  return new Raw(bytes, BSON_TYPE.object, 0, bytes.length);
}

/** The fields of an object, or the elements of an array, in stored order. */
export function fieldsOf(value: Raw): Field[] {
  const fields: Field[] = [];
  const cursor = new BsonCursor(value.buf, value.start, value.end);
  while (cursor.next()) {
    fields.push({ name: cursor.name, value: new Raw(value.buf, cursor.type, cursor.start, cursor.end) });
  }
  return fields;
}

/** The elements of an array. */
export function itemsOf(value: Raw): Raw[] {
  const items: Raw[] = [];
  const cursor = new BsonCursor(value.buf, value.start, value.end);
  while (cursor.next()) items.push(new Raw(value.buf, cursor.type, cursor.start, cursor.end));
  return items;
}

/** The first field of that name, or null. */
export function fieldOf(value: Raw, name: string): Raw | null {
  const cursor = new BsonCursor(value.buf, value.start, value.end);
  while (cursor.next()) if (cursor.nameIs(name)) return new Raw(value.buf, cursor.type, cursor.start, cursor.end);
  return null;
}

/** The first top-level field of that name, or null. */
export function topField(doc: Buffer, name: string): Raw | null {
  const cursor = new BsonCursor(doc);
  while (cursor.next()) if (cursor.nameIs(name)) return new Raw(doc, cursor.type, cursor.start, cursor.end);
  return null;
}

/** True when the object or array has nothing in it. */
export function isEmptyContainer(value: Raw): boolean {
  return value.end - value.start === 5;
}

/** Any value that the bson package knows, as bytes. */
export function rawOf(value: unknown): Raw {
  if (value instanceof Raw) return value;
  const doc = toBytes({ v: value });
  const cursor = new BsonCursor(doc);
  if (!cursor.next()) return new Raw(Buffer.alloc(0), BSON_TYPE.undefined, 0, 0);
  return new Raw(doc, cursor.type, cursor.start, cursor.end);
}

/** The value for the bson package: numbers keep their types (Int32, Double, Long, Decimal128). */
export function toValue(value: Raw): unknown {
  const doc = documentOf([{ name: "v", value }]);
  return deserialize(doc, { promoteValues: false, promoteBuffers: false, bsonRegExp: true }).v;
}

/** Writes a document of these fields, in this order; the values' bytes are copied as they are. */
export function documentOf(fields: readonly Field[]): Buffer {
  let length = 5;
  for (const field of fields) {
    length += 2 + Buffer.byteLength(field.name) + (field.value.end - field.value.start);
  }
  const out = Buffer.allocUnsafe(length);
  out.writeInt32LE(length, 0);
  let at = 4;
  for (const { name, value } of fields) {
    out[at] = value.type;
    at += 1;
    at += out.write(name, at, "utf8");
    out[at] = 0;
    at += 1;
    at += value.buf.copy(out, at, value.start, value.end);
  }
  out[at] = 0;
  return out;
}

/** An object value of these fields. */
export function rawObject(fields: readonly Field[]): Raw {
  const bytes = documentOf(fields);
  return new Raw(bytes, BSON_TYPE.object, 0, bytes.length);
}

/** An array value of these elements. */
export function rawArray(items: readonly Raw[]): Raw {
  const bytes = documentOf(items.map((value, index) => ({ name: String(index), value })));
  return new Raw(bytes, BSON_TYPE.array, 0, bytes.length);
}

function rawOfBytes(type: number, bytes: Buffer): Raw {
  return new Raw(bytes, type, 0, bytes.length);
}

const EMPTY = Buffer.alloc(0);

export const NULL = new Raw(EMPTY, BSON_TYPE.null, 0, 0);
export const TRUE = rawOfBytes(BSON_TYPE.bool, Buffer.from([1]));
export const FALSE = rawOfBytes(BSON_TYPE.bool, Buffer.from([0]));
export const MISSING_TYPE = 0;
/** Stands for a field that is not there. Its type byte is that of MongoDB's end-of-object element. */
export const MISSING = new Raw(EMPTY, MISSING_TYPE, 0, 0);

/** The value in bytes of its own, where the buffer it lies in is much larger: keeping it then keeps nothing else alive. */
export function detached(value: Raw): Raw {
  const length = value.end - value.start;
  if (value.buf.length <= length * 2 + 64) return value;
  return new Raw(Buffer.from(value.bytes()), value.type, 0, length);
}

export function rawBool(value: boolean): Raw {
  return value ? TRUE : FALSE;
}

export function rawInt32(value: number): Raw {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32LE(value, 0);
  return rawOfBytes(BSON_TYPE.int32, bytes);
}

/** The value modulo 2^64, as a signed 64-bit integer. */
export function rawInt64(value: bigint): Raw {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(BigInt.asIntN(64, value), 0);
  return rawOfBytes(BSON_TYPE.int64, bytes);
}

export function rawDouble(value: number): Raw {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value, 0);
  return rawOfBytes(BSON_TYPE.double, bytes);
}

export function rawDate(ms: bigint): Raw {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(BigInt.asIntN(64, ms), 0);
  return rawOfBytes(BSON_TYPE.date, bytes);
}

export function rawTimestamp(seconds: number, increment: number): Raw {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeUInt32LE(increment, 0);
  bytes.writeUInt32LE(seconds, 4);
  return rawOfBytes(BSON_TYPE.timestamp, bytes);
}

export function rawString(text: string): Raw {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(length + 5);
  bytes.writeInt32LE(length + 1, 0);
  bytes.write(text, 4, "utf8");
  bytes[length + 4] = 0;
  return rawOfBytes(BSON_TYPE.string, bytes);
}

export function rawDecimal(bytes: Buffer): Raw {
  return rawOfBytes(BSON_TYPE.decimal128, bytes);
}
