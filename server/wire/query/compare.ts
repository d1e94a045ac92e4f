import { compareElements } from "@/server/engine/bson/compare";
import { BSON_TYPE, BsonCursor } from "@/server/engine/bson/document";
import type { Collation } from "./collation";
import { MISSING_TYPE, type Raw } from "./raw";

const RANKS = new Map<number, number>([
  [BSON_TYPE.minKey, -1],
  [MISSING_TYPE, 0],
  [BSON_TYPE.undefined, 0],
  [BSON_TYPE.null, 5],
  [BSON_TYPE.int32, 10],
  [BSON_TYPE.int64, 10],
  [BSON_TYPE.double, 10],
  [BSON_TYPE.decimal128, 10],
  [BSON_TYPE.string, 15],
  [BSON_TYPE.symbol, 15],
  [BSON_TYPE.object, 20],
  [BSON_TYPE.array, 25],
  [BSON_TYPE.binData, 30],
  [BSON_TYPE.objectId, 35],
  [BSON_TYPE.bool, 40],
  [BSON_TYPE.date, 45],
  [BSON_TYPE.timestamp, 47],
  [BSON_TYPE.regex, 50],
  [BSON_TYPE.dbPointer, 55],
  [BSON_TYPE.code, 60],
  [BSON_TYPE.codeWithScope, 65],
  [BSON_TYPE.maxKey, 127],
]);

/** The canonical rank of a type: values of one rank compare with each other, ranks order the rest. */
export function canonicalRank(type: number): number {
  return RANKS.get(type) ?? 200;
}

/** MongoDB's total order of values (a missing value lies below null), under a collation or byte by byte. */
export function compareRaw(a: Raw, b: Raw, collation: Collation | null): number {
  if (a.type === MISSING_TYPE || b.type === MISSING_TYPE) {
    return Math.sign(canonicalRank(a.type) - canonicalRank(b.type));
  }
  if (collation === null) return compareElements(a.buf, a, b.buf, b);
  const rank = canonicalRank(a.type);
  const order = rank - canonicalRank(b.type);
  if (order !== 0) return Math.sign(order);
  if (a.isString) return collation.compare(a.text(), b.text());
  if (a.isObject || a.isArray) return compareContainers(a, b, collation);
  return compareElements(a.buf, a, b.buf, b);
}

function compareContainers(a: Raw, b: Raw, collation: Collation): number {
  const left = new BsonCursor(a.buf, a.start, a.end);
  const right = new BsonCursor(b.buf, b.start, b.end);
  for (;;) {
    const more = left.next();
    if (!right.next()) return more ? 1 : 0;
    if (!more) return -1;
    const ranks = canonicalRank(left.type) - canonicalRank(right.type);
    if (ranks !== 0) return Math.sign(ranks);
    if (a.isObject) {
      const names = Buffer.compare(
        left.doc.subarray(left.nameStart, left.nameEnd),
        right.doc.subarray(right.nameStart, right.nameEnd),
      );
      if (names !== 0) return names;
    }
    const order = compareRaw(cursorValue(left, a), cursorValue(right, b), collation);
    if (order !== 0) return order;
  }
}

function cursorValue(cursor: BsonCursor, parent: Raw): Raw {
  return parent.at(cursor.type, cursor.start, cursor.end);
}

/** Equality of values: any numeric types, the order of an object's fields counts. */
export function equalRaw(a: Raw, b: Raw, collation: Collation | null = null): boolean {
  return compareRaw(a, b, collation) === 0;
}

/** True when both have the same type and the same bytes. */
export function sameBytes(a: Raw, b: Raw): boolean {
  return a.type === b.type && a.end - a.start === b.end - b.start && a.bytes().equals(b.bytes());
}
