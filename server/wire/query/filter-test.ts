import { compareElements } from "@/server/engine/bson/compare";
import { BSON_TYPE, BsonCursor } from "@/server/engine/bson/document";
import { bitsOf } from "./bits";
import type { Collation } from "./collation";
import { canonicalRank, compareRaw } from "./compare";
import type { Comparison, FilterNode, Leaf } from "./filter-node";
import { toNumber, truncatedInt64 } from "./numbers";
import type { ElementTest } from "./path-walk";
import { MISSING_TYPE, Raw } from "./raw";
import type { Pattern } from "./regex";

/** Compiles filters of whole documents; passed in, because $elemMatch needs it and it needs this file. */
export type CompileNode = (node: FilterNode) => (buf: Buffer, start: number, end: number) => boolean;
/** Compiles conditions on a single value ($elemMatch: {$gt: 1}). */
export type CompileValueTest = (node: FilterNode) => ElementTest;

/** The test of one value for a leaf. Does not enter arrays by itself: the path walk does. */
export function leafTest(
  leaf: Leaf,
  collation: Collation | null,
  compileNode: CompileNode,
  compileValue: CompileValueTest,
): ElementTest {
  switch (leaf.kind) {
    case "eq":
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return comparisonTest(leaf.kind, leaf.value, collation);
    case "in":
      return inTest(leaf.values, leaf.patterns, collation);
    case "regex":
      return regexTest(leaf.pattern);
    case "exists":
      return (_buf, type) => type !== MISSING_TYPE;
    case "type":
      return (_buf, type) => leaf.types.has(type);
    case "mod":
      return (buf, type, start, end) => {
        const whole = truncatedInt64(new Raw(buf, type, start, end));
        return whole !== null && whole % leaf.divisor === leaf.remainder;
      };
    case "size":
      return (buf, type, start, end) => type === BSON_TYPE.array && countItems(buf, start, end) === leaf.size;
    case "bits":
      return bitsTest(leaf);
    case "elemMatchObject": {
      const matches = compileNode(leaf.filter);
      return (buf, type, start, end) => {
        if (type !== BSON_TYPE.array) return false;
        const cursor = new BsonCursor(buf, start, end);
        while (cursor.next()) {
          const container = cursor.type === BSON_TYPE.object || cursor.type === BSON_TYPE.array;
          if (container && matches(buf, cursor.start, cursor.end)) return true;
        }
        return false;
      };
    }
    case "elemMatchValue": {
      const tests = leaf.conditions.map(compileValue);
      return (buf, type, start, end) => {
        if (type !== BSON_TYPE.array) return false;
        const cursor = new BsonCursor(buf, start, end);
        while (cursor.next()) {
          if (tests.every((test) => test(buf, cursor.type, cursor.start, cursor.end))) return true;
        }
        return false;
      };
    }
  }
}

/** Leaves that look at an array as a whole, never at its elements. */
export function traversesArrays(leaf: Leaf): boolean {
  return leaf.kind !== "size" && leaf.kind !== "elemMatchObject" && leaf.kind !== "elemMatchValue";
}

function countItems(buf: Buffer, start: number, end: number): number {
  const cursor = new BsonCursor(buf, start, end);
  let count = 0;
  while (cursor.next()) count += 1;
  return count;
}

function holds(kind: Comparison, order: number): boolean {
  switch (kind) {
    case "eq":
      return order === 0;
    case "gt":
      return order > 0;
    case "gte":
      return order >= 0;
    case "lt":
      return order < 0;
    case "lte":
      return order <= 0;
  }
}

/** Type bracketing: values of another canonical type never match, except against MinKey and MaxKey. */
function comparisonTest(kind: Comparison, operand: Raw, collation: Collation | null): ElementTest {
  const rank = canonicalRank(operand.type);
  const inclusive = kind !== "gt" && kind !== "lt";
  const upward = kind === "gt" || kind === "gte";
  if (operand.type === BSON_TYPE.null) {
    return (_buf, type) => inclusive && (type === BSON_TYPE.null || type === MISSING_TYPE);
  }
  if (operand.type === BSON_TYPE.minKey || operand.type === BSON_TYPE.maxKey) {
    const others = kind !== "eq" && upward === (operand.type === BSON_TYPE.minKey);
    return (_buf, type) => (type === operand.type ? inclusive : others);
  }
  if (kind === "eq" && operand.isString && collation === null) return stringEqualTest(operand);
  const bound = toNumber(operand);
  const simple = operand.isNumber && operand.type !== BSON_TYPE.decimal128 && Number.isSafeInteger(bound);
  const isNaNOperand = operand.isNumber && Number.isNaN(bound);
  return (buf, type, start, end) => {
    if (simple && type === BSON_TYPE.int32) return holds(kind, buf.readInt32LE(start) - bound);
    if (canonicalRank(type) !== rank) return false;
    const value = new Raw(buf, type, start, end);
    if (rank === 10) {
      const isNaNValue = (type === BSON_TYPE.double || type === BSON_TYPE.decimal128) && Number.isNaN(toNumber(value));
      if (isNaNValue || isNaNOperand) return isNaNValue && isNaNOperand && inclusive;
    }
    const order =
      collation === null ? compareElements(buf, value, operand.buf, operand) : compareRaw(value, operand, collation);
    return holds(kind, order);
  };
}

function stringEqualTest(operand: Raw): ElementTest {
  const wanted = operand.buf.subarray(operand.start + 4, operand.end - 1);
  const length = operand.end - operand.start;
  return (buf, type, start, end) =>
    (type === BSON_TYPE.string || type === BSON_TYPE.symbol) &&
    end - start === length &&
    wanted.compare(buf, start + 4, end - 1) === 0;
}

const SMALL_LIST = 8;

function inTest(values: readonly Raw[], patterns: readonly Pattern[], collation: Collation | null): ElementTest {
  const tests = patterns.map(regexTest);
  if (values.length <= SMALL_LIST || collation !== null) {
    tests.push(...values.map((value) => comparisonTest("eq", value, collation)));
    return (buf, type, start, end) => tests.some((test) => test(buf, type, start, end));
  }
  const sorted = [...values].sort((a, b) => compareRaw(a, b, null));
  const matchesMissing = values.some((value) => value.type === BSON_TYPE.null);
  return (buf, type, start, end) => {
    if (type === MISSING_TYPE) return matchesMissing;
    return inSorted(sorted, new Raw(buf, type, start, end)) || tests.some((test) => test(buf, type, start, end));
  };
}

function inSorted(sorted: readonly Raw[], value: Raw): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareRaw(value, sorted[middle]!, null);
    if (order === 0) return true;
    if (order < 0) high = middle - 1;
    else low = middle + 1;
  }
  return false;
}

function regexTest(pattern: Pattern): ElementTest {
  return (buf, type, start, end) => {
    if (type === BSON_TYPE.string || type === BSON_TYPE.symbol)
      return pattern.test(buf.toString("utf8", start + 4, end - 1));
    if (type !== BSON_TYPE.regex) return false;
    const split = buf.indexOf(0, start);
    return (
      buf.toString("utf8", start, split) === pattern.source &&
      buf.toString("utf8", split + 1, end - 1) === pattern.flags
    );
  };
}

function bitsTest(leaf: Extract<Leaf, { kind: "bits" }>): ElementTest {
  const { mask, test } = leaf;
  return (buf, type, start, end) => {
    if (type === MISSING_TYPE) return false;
    const bits = bitsOf(new Raw(buf, type, start, end));
    if (bits === null) return false;
    const set = bits & mask;
    switch (test) {
      case "allSet":
        return set === mask;
      case "anySet":
        return set !== 0n;
      case "allClear":
        return set === 0n;
      case "anyClear":
        return set !== mask;
    }
  };
}
