import { isDeepStrictEqual } from "node:util";
import { EJSON, type Document } from "bson";
import type { Entities } from "./entities";

/** Fails with the place and both values. */
export class MismatchError extends Error {
  constructor(path: string, expected: unknown, actual: unknown) {
    super(`${path || "result"}: expected ${show(expected)}, got ${show(actual)}`);
    this.name = "MismatchError";
  }
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  try {
    return EJSON.stringify(value as Document)?.slice(0, 600) ?? String(value);
  } catch {
    return String(value);
  }
}

type Fields = Record<string, unknown>;

/**
 * The class name of a BSON value. The driver and this file may hold two copies of the bson package (one for `require`,
 * one for `import`), so `instanceof` says nothing.
 */
function bsonType(value: unknown): string | null {
  const type = typeof value === "object" && value !== null ? (value as { _bsontype?: unknown })._bsontype : null;
  return typeof type === "string" ? type : null;
}

function isPlainObject(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value) || bsonType(value) !== null) return false;
  return !(value instanceof Date) && !(value instanceof Uint8Array) && !(value instanceof Map);
}

/** Maps become objects, numbers of any type plain ones where that loses nothing. */
function normalize(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  const type = bsonType(value);
  if (type === "Int32" || type === "Double" || type === "Long") return Number(String(value));
  if (typeof value === "bigint") return Number(value);
  return value;
}

/**
 * Compares as the format says: objects at the top may have more fields than expected, nested ones not, numbers compare
 * by value, `$$` operators ask their own questions. Throws MismatchError.
 */
export function assertMatches(expected: unknown, actual: unknown, entities: Entities, path = "", isRoot = true): void {
  const want = normalize(expected);
  const have = normalize(actual);
  if (isPlainObject(want)) {
    const [operator] = Object.keys(want);
    if (operator?.startsWith("$$") && Object.keys(want).length === 1) {
      return assertOperator(operator, want[operator], have, entities, path, isRoot);
    }
    if (!isPlainObject(have)) throw new MismatchError(path, want, have);
    return assertFields(want, have, entities, path, isRoot);
  }
  if (Array.isArray(want)) {
    if (!Array.isArray(have) || have.length !== want.length) throw new MismatchError(path, want, have);
    // The documents of a result list are roots themselves.
    want.forEach((item, i) => assertMatches(item, have[i], entities, `${path}[${i}]`, isRoot));
    return;
  }
  if (!sameScalar(want, have)) throw new MismatchError(path, want, have);
}

function assertFields(want: Fields, have: Fields, entities: Entities, path: string, isRoot: boolean): void {
  for (const [name, value] of Object.entries(want)) {
    const inner = path === "" ? name : `${path}.${name}`;
    if (isPlainObject(value) && "$$exists" in value) {
      if ((have[name] !== undefined) !== value.$$exists) throw new MismatchError(inner, value, have[name]);
      continue;
    }
    const optional = isPlainObject(value) && "$$unsetOrMatches" in value;
    if (have[name] === undefined && !optional && value !== undefined) throw new MismatchError(inner, value, undefined);
    assertMatches(value, have[name], entities, inner, false);
  }
  if (isRoot) return;
  const extra = Object.keys(have).find((name) => !(name in want) && have[name] !== undefined);
  if (extra !== undefined) throw new MismatchError(`${path}.${extra}`, undefined, have[extra]);
}

function sameScalar(want: unknown, have: unknown): boolean {
  if (typeof want === "number" && typeof have === "number")
    return want === have || (Number.isNaN(want) && Number.isNaN(have));
  if (bsonType(want) !== null && bsonType(have) !== null) {
    return EJSON.stringify({ v: want }, { relaxed: false }) === EJSON.stringify({ v: have }, { relaxed: false });
  }
  return isDeepStrictEqual(want, have);
}

function assertOperator(
  operator: string,
  argument: unknown,
  actual: unknown,
  entities: Entities,
  path: string,
  isRoot: boolean,
): void {
  switch (operator) {
    case "$$exists":
      if ((actual !== undefined) !== argument) throw new MismatchError(path, { [operator]: argument }, actual);
      return;
    case "$$unsetOrMatches":
      if (actual === undefined || actual === null) return;
      return assertMatches(argument, actual, entities, path, isRoot);
    case "$$type": {
      const types = Array.isArray(argument) ? argument : [argument];
      if (!types.some((type) => hasType(String(type), actual)))
        throw new MismatchError(path, { [operator]: argument }, actual);
      return;
    }
    case "$$matchesEntity":
      return assertMatches(entities.value(String(argument)), actual, entities, path, isRoot);
    case "$$sessionLsid":
      return assertMatches(entities.session(String(argument)).id, actual, entities, path, false);
    default:
      throw new Error(`the matcher does not know ${operator}`);
  }
}

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "bool":
      return typeof value === "boolean";
    case "object":
      return isPlainObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "date":
      return value instanceof Date;
    case "int":
      return typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 2 ** 31;
    case "long":
      return typeof value === "number" && Number.isInteger(value);
    case "double":
      return typeof value === "number";
    case "number":
      return typeof value === "number";
    case "binData":
      return bsonType(value) === "Binary";
    case "objectId":
      return bsonType(value) === "ObjectId";
    case "timestamp":
      return bsonType(value) === "Timestamp";
    default:
      throw new Error(`the matcher does not know the type ${type}`);
  }
}
