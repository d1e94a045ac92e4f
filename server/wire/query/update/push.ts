import { commandError } from "../../command-error";
import type { Collation } from "../collation";
import { compareRaw } from "../compare";
import { exactInt64 } from "../numbers";
import { fieldsOf, isEmptyContainer, itemsOf, rawArray, rawDocument, type Raw } from "../raw";
import { compileSort } from "../sort";
import { typeName } from "../type-names";
import type { Operator } from "./operations";

interface PushSpec {
  readonly each: readonly Raw[];
  readonly slice: number | null;
  readonly position: number | null;
  readonly order: ((a: Raw, b: Raw) => number) | null;
}

/** $push with its modifiers $each, $position, $sort, $slice. Throws 2 on a field that is no array. */
export function push(value: Raw, collation: Collation | null): Operator {
  const spec = parsePush(value, collation);
  return (current, context) => {
    if (current !== null && !current.isArray) {
      throw commandError(
        2,
        `The field '${context.path}' must be an array but is of type ${typeName(current.type)} in document {_id: ${context.id}}`,
      );
    }
    const items = current === null ? [] : itemsOf(current);
    items.splice(insertAt(spec.position, items.length), 0, ...spec.each);
    if (spec.order !== null) items.sort(spec.order);
    return rawArray(cut(items, spec.slice));
  };
}

function insertAt(position: number | null, length: number): number {
  if (position === null || position > length) return length;
  return position < 0 ? Math.max(0, length + position) : position;
}

function cut(items: Raw[], slice: number | null): Raw[] {
  if (slice === null) return items;
  if (slice === 0) return [];
  return slice > 0 ? items.slice(0, slice) : items.slice(slice);
}

function parsePush(value: Raw, collation: Collation | null): PushSpec {
  const fields = value.isObject ? fieldsOf(value) : [];
  const each = fields.find((field) => field.name === "$each")?.value;
  if (each === undefined) {
    if (fields[0]?.name.startsWith("$"))
      throw commandError(
        52,
        `The dollar ($) prefixed field '${fields[0].name}' in '${fields[0].name}' is not valid for storage.`,
      );
    return { each: [value], slice: null, position: null, order: null };
  }
  if (!each.isArray) {
    throw commandError(2, `The argument to $each in $push must be an array but it was of type: ${typeName(each.type)}`);
  }
  const spec = {
    each: itemsOf(each),
    slice: null as number | null,
    position: null as number | null,
    order: null as PushSpec["order"],
  };
  for (const field of fields) {
    if (field.name === "$slice") spec.slice = integerOf("$slice", field.value);
    else if (field.name === "$position") spec.position = integerOf("$position", field.value);
    else if (field.name === "$sort") spec.order = parseSort(field.value, collation);
    else if (field.name !== "$each") throw commandError(2, `Unrecognized clause in $push: ${field.name}`);
  }
  return spec;
}

function integerOf(name: string, value: Raw): number {
  const whole = value.isNumber ? exactInt64(value) : null;
  if (whole === null) {
    throw commandError(2, `The value for ${name} must be an integer value but was given type: ${typeName(value.type)}`);
  }
  return Number(whole);
}

function parseSort(value: Raw, collation: Collation | null): (a: Raw, b: Raw) => number {
  if (value.isNumber) {
    const direction = exactInt64(value);
    if (direction !== 1n && direction !== -1n) {
      throw commandError(2, "The $sort element value must be either 1 or -1");
    }
    return (a, b) => compareRaw(a, b, collation) * Number(direction);
  }
  if (!value.isObject || isEmptyContainer(value)) {
    throw commandError(
      2,
      "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields",
    );
  }
  const sort = compileSort(value.bytes(), { collation });
  const key = (item: Raw): ReturnType<typeof sort.keyOf> =>
    sort.keyOf(rawDocument(item.isObject ? item.bytes() : {}).bytes());
  return (a, b) => sort.compareKeys(key(a), key(b));
}
