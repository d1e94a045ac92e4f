import { BSON_TYPE, BsonCursor, type BsonElement } from "./document";
import { KeyWriter } from "./key-writer";
import { writeNumber } from "./number-key";
import { canonicalRank } from "./rank";

/** What comparison needs of an element; a BsonCursor standing on one will do. */
type Place = Pick<BsonElement, "type" | "start" | "end">;

const left = new KeyWriter();
const right = new KeyWriter();

/**
 * The server's order of values: negative, 0 or positive as `a`'s value sorts before, with or after `b`'s. Names of the
 * two elements play no part, names inside objects do. Numbers compare by exact value across all four types.
 */
export function compareElements(a: Buffer, ea: BsonElement, b: Buffer, eb: BsonElement): number {
  return compareValues(a, ea, b, eb);
}

function compareValues(a: Buffer, ea: Place, b: Buffer, eb: Place): number {
  const rank = canonicalRank(ea.type) - canonicalRank(eb.type);
  if (rank !== 0) return rank;
  switch (ea.type) {
    case BSON_TYPE.int32:
    case BSON_TYPE.int64:
    case BSON_TYPE.double:
    case BSON_TYPE.decimal128:
      return compareNumbers(a, ea, b, eb);
    case BSON_TYPE.string:
    case BSON_TYPE.symbol:
    case BSON_TYPE.code:
      return a.compare(b, eb.start + 4, eb.end - 1, ea.start + 4, ea.end - 1);
    case BSON_TYPE.object:
      return compareDocuments(a, ea.start, ea.end, b, eb.start, eb.end, true);
    case BSON_TYPE.array:
      return compareDocuments(a, ea.start, ea.end, b, eb.start, eb.end, false);
    case BSON_TYPE.binData:
      return ea.end - ea.start - (eb.end - eb.start) || a.compare(b, eb.start + 4, eb.end, ea.start + 4, ea.end);
    case BSON_TYPE.dbPointer:
      return ea.end - ea.start - (eb.end - eb.start) || a.compare(b, eb.start, eb.end, ea.start, ea.end);
    case BSON_TYPE.objectId:
    case BSON_TYPE.bool:
      return a.compare(b, eb.start, eb.end, ea.start, ea.end);
    case BSON_TYPE.date:
      return sign(a.readBigInt64LE(ea.start), b.readBigInt64LE(eb.start));
    case BSON_TYPE.timestamp:
      return sign(a.readBigUInt64LE(ea.start), b.readBigUInt64LE(eb.start));
    case BSON_TYPE.regex:
      return compareRegexes(a, ea, b, eb);
    case BSON_TYPE.codeWithScope:
      return compareCodeWithScope(a, ea, b, eb);
    default:
      return 0;
  }
}

function sign<T extends number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers that a double holds exactly compare at once; what is left goes through the exact decimal expansion. */
function compareNumbers(a: Buffer, ea: Place, b: Buffer, eb: Place): number {
  const x = exactNumber(a, ea);
  const y = exactNumber(b, eb);
  if (x !== null && y !== null) return sign(x, y);
  if (ea.type === BSON_TYPE.int64 && eb.type === BSON_TYPE.int64) {
    return sign(a.readBigInt64LE(ea.start), b.readBigInt64LE(eb.start));
  }
  left.length = 0;
  right.length = 0;
  writeNumber(left, a, ea.type, ea.start);
  writeNumber(right, b, eb.type, eb.start);
  return left.bytes.compare(right.bytes, 0, right.length, 0, left.length);
}

/** The value as a number where that loses nothing, else null. */
function exactNumber(doc: Buffer, place: Place): number | null {
  if (place.type === BSON_TYPE.int32) return doc.readInt32LE(place.start);
  if (place.type === BSON_TYPE.double) {
    const value = doc.readDoubleLE(place.start);
    return Number.isNaN(value) ? null : value;
  }
  if (place.type !== BSON_TYPE.int64) return null;
  const value = doc.readInt32LE(place.start + 4) * 0x1_0000_0000 + doc.readUInt32LE(place.start);
  return Number.isSafeInteger(value) ? value : null;
}

function compareDocuments(
  a: Buffer,
  aStart: number,
  aEnd: number,
  b: Buffer,
  bStart: number,
  bEnd: number,
  named: boolean,
): number {
  const x = new BsonCursor(a, aStart, aEnd);
  const y = new BsonCursor(b, bStart, bEnd);
  for (;;) {
    const more = y.next();
    if (!x.next()) return more ? -1 : 0;
    if (!more) return 1;
    if (named) {
      const rank = canonicalRank(x.type) - canonicalRank(y.type);
      if (rank !== 0) return rank;
      const name = a.compare(b, y.nameStart, y.nameEnd, x.nameStart, x.nameEnd);
      if (name !== 0) return name;
    }
    const value = compareValues(a, x, b, y);
    if (value !== 0) return value;
  }
}

function compareRegexes(a: Buffer, ea: Place, b: Buffer, eb: Place): number {
  const aSplit = a.indexOf(0, ea.start);
  const bSplit = b.indexOf(0, eb.start);
  return a.compare(b, eb.start, bSplit, ea.start, aSplit) || a.compare(b, bSplit, eb.end, aSplit, ea.end);
}

function compareCodeWithScope(a: Buffer, ea: Place, b: Buffer, eb: Place): number {
  const aScope = ea.start + 8 + a.readInt32LE(ea.start + 4);
  const bScope = eb.start + 8 + b.readInt32LE(eb.start + 4);
  return (
    a.compare(b, eb.start + 8, bScope - 1, ea.start + 8, aScope - 1) ||
    compareDocuments(a, aScope, ea.end, b, bScope, eb.end, true)
  );
}
