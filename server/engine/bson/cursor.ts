import { DomainError } from "@/server/platform/errors/domain-error";

/**
 * Walking raw BSON. A document is a Buffer; nothing here copies, decodes or changes its bytes, and names become
 * strings only when somebody asks. Every walk checks the bounds it relies on, so damaged bytes end in BSON_INVALID and
 * never in a read outside the document. Layout: https://bsonspec.org/spec.html
 */

/** One element of a document: offsets into the buffer that was walked, the value without type byte and name. */
export interface BsonElement {
  readonly type: number;
  readonly name: string;
  /** Offset of the first byte of the value. */
  readonly start: number;
  /** Offset after the last byte of the value. */
  readonly end: number;
  /** Offset of the type byte. */
  readonly elementStart: number;
}

/** The type bytes of BSON. */
export const BSON_TYPE = {
  double: 0x01,
  string: 0x02,
  object: 0x03,
  array: 0x04,
  binData: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  bool: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  dbPointer: 0x0c,
  code: 0x0d,
  symbol: 0x0e,
  codeWithScope: 0x0f,
  int32: 0x10,
  timestamp: 0x11,
  int64: 0x12,
  decimal128: 0x13,
  maxKey: 0x7f,
  minKey: 0xff,
} as const;

const EMPTY_DOCUMENT_BYTES = 5;

/** The error of everything here; says what is wrong and where, never what the document holds. */
export function invalidBson(what: string, offset: number): DomainError {
  return new DomainError("BSON_INVALID", { message: `${what} at byte ${offset}`, params: { what, offset } });
}

/**
 * The length that the document at `offset` states, checked against `limit` (the end of what may be read) and against
 * its own end mark. Throws BSON_INVALID.
 */
export function documentLength(doc: Buffer, offset = 0, limit = doc.length): number {
  if (offset + EMPTY_DOCUMENT_BYTES > limit) throw invalidBson("the document is cut short", offset);
  const length = doc.readInt32LE(offset);
  if (length < EMPTY_DOCUMENT_BYTES || offset + length > limit) {
    throw invalidBson("the document states a wrong length", offset);
  }
  if (doc[offset + length - 1] !== 0) throw invalidBson("the document has no end mark", offset + length - 1);
  return length;
}

function afterCString(doc: Buffer, start: number, limit: number): number {
  let at = start;
  while (at < limit && doc[at] !== 0) at += 1;
  if (at >= limit) throw invalidBson("a name or pattern has no end", start);
  return at + 1;
}

function afterString(doc: Buffer, start: number, limit: number): number {
  if (start + 5 > limit) throw invalidBson("a string is cut short", start);
  const length = doc.readInt32LE(start);
  const end = start + 4 + length;
  if (length < 1 || end > limit) throw invalidBson("a string states a wrong length", start);
  if (doc[end - 1] !== 0) throw invalidBson("a string has no end mark", end - 1);
  return end;
}

function afterBinary(doc: Buffer, start: number, limit: number): number {
  if (start + 5 > limit) throw invalidBson("binary data is cut short", start);
  const length = doc.readInt32LE(start);
  const end = start + 5 + length;
  if (length < 0 || end > limit) throw invalidBson("binary data states a wrong length", start);
  return end;
}

function afterCodeWithScope(doc: Buffer, start: number, limit: number): number {
  if (start + 4 > limit) throw invalidBson("code with scope is cut short", start);
  const length = doc.readInt32LE(start);
  const end = start + length;
  if (length < 4 + 5 + EMPTY_DOCUMENT_BYTES || end > limit)
    throw invalidBson("code with scope states a wrong length", start);
  const scope = afterString(doc, start + 4, end);
  if (scope + documentLength(doc, scope, end) !== end) throw invalidBson("code with scope has bytes left over", scope);
  return end;
}

/**
 * The offset after the value of this type at `start`, never beyond `limit`. Throws BSON_INVALID on an unknown type or a
 * length that does not fit.
 */
export function valueEnd(doc: Buffer, type: number, start: number, limit: number): number {
  let end: number;
  switch (type) {
    case BSON_TYPE.double:
    case BSON_TYPE.date:
    case BSON_TYPE.timestamp:
    case BSON_TYPE.int64:
      end = start + 8;
      break;
    case BSON_TYPE.int32:
      end = start + 4;
      break;
    case BSON_TYPE.objectId:
      end = start + 12;
      break;
    case BSON_TYPE.decimal128:
      end = start + 16;
      break;
    case BSON_TYPE.bool:
      end = start + 1;
      break;
    case BSON_TYPE.undefined:
    case BSON_TYPE.null:
    case BSON_TYPE.minKey:
    case BSON_TYPE.maxKey:
      return start;
    case BSON_TYPE.string:
    case BSON_TYPE.code:
    case BSON_TYPE.symbol:
      return afterString(doc, start, limit);
    case BSON_TYPE.object:
    case BSON_TYPE.array:
      return start + documentLength(doc, start, limit);
    case BSON_TYPE.binData:
      return afterBinary(doc, start, limit);
    case BSON_TYPE.regex:
      return afterCString(doc, afterCString(doc, start, limit), limit);
    case BSON_TYPE.dbPointer:
      end = afterString(doc, start, limit) + 12;
      break;
    case BSON_TYPE.codeWithScope:
      return afterCodeWithScope(doc, start, limit);
    default:
      throw invalidBson(`unknown element type 0x${type.toString(16)}`, start);
  }
  if (end > limit) throw invalidBson("a value is cut short", start);
  return end;
}

/**
 * Walks the elements of one document without allocating for each: `while (cursor.next()) …`. The fields describe the
 * current element and change with the next call.
 */
export class BsonCursor {
  type = 0;
  elementStart = 0;
  nameStart = 0;
  nameEnd = 0;
  start = 0;
  end: number;
  readonly #limit: number;

  /** The document begins at `offset` of `doc`; `limit` bounds what may be read. Throws BSON_INVALID. */
  constructor(
    readonly doc: Buffer,
    offset = 0,
    limit = doc.length,
  ) {
    this.#limit = offset + documentLength(doc, offset, limit) - 1;
    this.end = offset + 4;
  }

  /** Moves to the next element; false at the end of the document. Throws BSON_INVALID. */
  next(): boolean {
    const { doc } = this;
    const at = this.end;
    if (at >= this.#limit) return false;
    const type = doc[at]!;
    if (type === 0) throw invalidBson("the document ends before its stated length", at);
    const afterName = afterCString(doc, at + 1, this.#limit);
    this.end = valueEnd(doc, type, afterName, this.#limit);
    this.type = type;
    this.elementStart = at;
    this.nameStart = at + 1;
    this.nameEnd = afterName - 1;
    this.start = afterName;
    return true;
  }

  /** The current name as text. Invalid UTF-8 is replaced here, and only here. */
  get name(): string {
    return this.doc.toString("utf8", this.nameStart, this.nameEnd);
  }

  /** True when the current name has exactly these characters; allocates nothing for ASCII names. */
  nameIs(name: string): boolean {
    const { doc, nameStart } = this;
    const length = this.nameEnd - nameStart;
    if (length < name.length) return false;
    for (let i = 0; i < name.length; i += 1) {
      const code = name.charCodeAt(i);
      if (code >= 0x80) return doc.subarray(nameStart, this.nameEnd).equals(Buffer.from(name, "utf8"));
      if (doc[nameStart + i] !== code) return false;
    }
    return length === name.length;
  }

  /** The current element as a value of its own, which stays as it is when the cursor moves. */
  element(): BsonElement {
    return new LazyElement(this);
  }
}

class LazyElement implements BsonElement {
  readonly type: number;
  readonly start: number;
  readonly end: number;
  readonly elementStart: number;
  readonly #doc: Buffer;

  constructor(cursor: BsonCursor) {
    this.#doc = cursor.doc;
    this.type = cursor.type;
    this.start = cursor.start;
    this.end = cursor.end;
    this.elementStart = cursor.elementStart;
  }

  get name(): string {
    return this.#doc.toString("utf8", this.elementStart + 1, this.start - 1);
  }
}
