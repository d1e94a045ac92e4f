import { BSON_TYPE, BsonCursor } from "@/server/engine/bson/document";
import { MISSING_TYPE } from "./raw";

/**
 * A question about one value, asked with its place instead of an object, because it is asked for every document of a
 * scan. Type 0 (MISSING_TYPE) stands for a field that is not there.
 */
export type ElementTest = (buf: Buffer, type: number, start: number, end: number) => boolean;

/** A dotted path, taken apart once. */
export interface MatchPath {
  readonly text: string;
  readonly parts: readonly string[];
  /** The array index that each part may also mean, or -1. */
  readonly indexes: readonly number[];
}

export function matchPath(text: string): MatchPath {
  const parts = text.split(".");
  return { text, parts, indexes: parts.map((part) => (/^(0|[1-9]\d*)$/.test(part) ? Number(part) : -1)) };
}

/**
 * True when the test holds for any value at the path of the document at `start`, in the server's way
 * (ElementPath in src/mongo/db/matcher/path.cpp): arrays on the way are entered, a numeric part is an index as well as
 * a name, an array at the end is tried element by element when `traverse` is set, and then as a whole.
 */
export function anyAtPath(
  path: MatchPath,
  test: ElementTest,
  traverse: boolean,
  buf: Buffer,
  start: number,
  end: number,
): boolean {
  return inObject(path, 0, test, traverse, buf, start, end);
}

function inObject(
  path: MatchPath,
  depth: number,
  test: ElementTest,
  traverse: boolean,
  buf: Buffer,
  start: number,
  end: number,
): boolean {
  const cursor = new BsonCursor(buf, start, end);
  const name = path.parts[depth]!;
  while (cursor.next()) {
    if (cursor.nameIs(name))
      return atValue(path, depth + 1, test, traverse, buf, cursor.type, cursor.start, cursor.end);
  }
  return test(buf, MISSING_TYPE, 0, 0);
}

function atValue(
  path: MatchPath,
  depth: number,
  test: ElementTest,
  traverse: boolean,
  buf: Buffer,
  type: number,
  start: number,
  end: number,
): boolean {
  if (depth === path.parts.length) {
    return type === BSON_TYPE.array && traverse ? anyItem(test, buf, start, end) : test(buf, type, start, end);
  }
  if (type === BSON_TYPE.object) return inObject(path, depth, test, traverse, buf, start, end);
  if (type === BSON_TYPE.array) return inArray(path, depth, test, traverse, buf, start, end);
  return test(buf, MISSING_TYPE, 0, 0);
}

function anyItem(test: ElementTest, buf: Buffer, start: number, end: number): boolean {
  const cursor = new BsonCursor(buf, start, end);
  while (cursor.next()) if (test(buf, cursor.type, cursor.start, cursor.end)) return true;
  return test(buf, BSON_TYPE.array, start, end);
}

/** An array with more of the path to go: its objects are entered; scalars yield nothing, not even "missing". */
function inArray(
  path: MatchPath,
  depth: number,
  test: ElementTest,
  traverse: boolean,
  buf: Buffer,
  start: number,
  end: number,
): boolean {
  const wanted = path.indexes[depth]!;
  const cursor = new BsonCursor(buf, start, end);
  for (let index = 0; cursor.next(); index += 1) {
    const { type } = cursor;
    if (type === BSON_TYPE.object && inObject(path, depth, test, traverse, buf, cursor.start, cursor.end)) return true;
    if (index !== wanted) continue;
    if (depth + 1 === path.parts.length) {
      if (test(buf, type, cursor.start, cursor.end)) return true;
    } else if (type === BSON_TYPE.object || type === BSON_TYPE.array) {
      if (inObject(path, depth + 1, test, traverse, buf, cursor.start, cursor.end)) return true;
    }
  }
  return false;
}
