import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { exactInt64 } from "./numbers";
import { itemsOf, MISSING_TYPE, type Raw } from "./raw";

/** The names that $type takes and returns. */
export const TYPE_NAMES: Readonly<Record<string, number>> = {
  double: BSON_TYPE.double,
  string: BSON_TYPE.string,
  object: BSON_TYPE.object,
  array: BSON_TYPE.array,
  binData: BSON_TYPE.binData,
  undefined: BSON_TYPE.undefined,
  objectId: BSON_TYPE.objectId,
  bool: BSON_TYPE.bool,
  date: BSON_TYPE.date,
  null: BSON_TYPE.null,
  regex: BSON_TYPE.regex,
  dbPointer: BSON_TYPE.dbPointer,
  javascript: BSON_TYPE.code,
  symbol: BSON_TYPE.symbol,
  javascriptWithScope: BSON_TYPE.codeWithScope,
  int: BSON_TYPE.int32,
  timestamp: BSON_TYPE.timestamp,
  long: BSON_TYPE.int64,
  decimal: BSON_TYPE.decimal128,
  minKey: BSON_TYPE.minKey,
  maxKey: BSON_TYPE.maxKey,
  missing: MISSING_TYPE,
};

const NAMES_BY_TYPE = new Map(Object.entries(TYPE_NAMES).map(([name, type]) => [type, name]));
const NUMBER_TYPES = [BSON_TYPE.double, BSON_TYPE.int32, BSON_TYPE.int64, BSON_TYPE.decimal128];

/** "int", "objectId", …; "missing" for no value. */
export function typeName(type: number): string {
  return NAMES_BY_TYPE.get(type) ?? "unknown";
}

/** The types that $type (or bsonType, under another name in messages) means: a code, an alias, or a list of them. */
export function typeSetOf(value: Raw, operator: string): ReadonlySet<number> {
  const items = value.isArray ? itemsOf(value) : [value];
  if (items.length === 0) throw commandError(9, `${operator} must match at least one type`);
  const types = new Set<number>();
  for (const item of items) for (const type of typesOf(item, operator)) types.add(type);
  return types;
}

function typesOf(item: Raw, operator: string): number[] {
  if (item.isString) {
    const alias = item.text();
    if (alias === "number") return NUMBER_TYPES;
    const type = alias === "missing" ? undefined : TYPE_NAMES[alias];
    if (type === undefined) throw commandError(2, `Unknown type name alias: ${alias}`);
    return [type];
  }
  const code = item.isNumber ? exactInt64(item) : null;
  if (code === null) throw commandError(14, `${operator} must be represented as a number or a string`);
  const type = code === -1n ? BSON_TYPE.minKey : Number(code);
  if (code === 0n || !NAMES_BY_TYPE.has(type)) throw commandError(2, `Invalid numerical type code: ${code}`);
  return [type];
}
