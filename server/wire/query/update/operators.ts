import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import { add, multiply } from "../arithmetic";
import type { Collation } from "../collation";
import { compareRaw, equalRaw } from "../compare";
import { describe } from "../describe";
import { compileNode, compileValueTest } from "../filter";
import type { FilterNode } from "../filter-node";
import { isOperatorObject } from "../filter-values";
import { exactInt64, numericOf, rawOfNumeric, type Numeric } from "../numbers";
import { fieldOf, fieldsOf, itemsOf, rawArray, rawDate, rawInt32, rawInt64, type Raw } from "../raw";
import { typeName } from "../type-names";
import type { Operator } from "./operations";

/** $inc and $mul. A missing field counts as 0. Throws 14 for a field that is no number, 2 when 64 bits overflow. */
export function increment(name: "$inc" | "$mul", by: Numeric): Operator {
  const combine = name === "$inc" ? add : multiply;
  return (current, context) => {
    if (current === null) {
      const zero = combine({ type: "int32", value: 0n }, by);
      return zero === null ? null : rawOfNumeric(name === "$inc" ? by : zero);
    }
    const old = numericOf(current);
    if (old === null) {
      throw commandError(
        14,
        `Cannot apply ${name} to a value of non-numeric type. {_id: ${context.id}} has the field '${context.path.split(".").at(-1)}' of non-numeric type ${typeName(current.type)}`,
      );
    }
    const result = combine(old, by);
    if (result === null) {
      throw commandError(
        2,
        `Failed to apply ${name} operations to current value ((NumberLong)${describe(current)}) for document {_id: ${context.id}}`,
      );
    }
    return rawOfNumeric(result);
  };
}

export function minMax(name: "$min" | "$max", value: Raw, collation: Collation | null): Operator {
  const sign = name === "$min" ? 1 : -1;
  return (current) => (current === null || compareRaw(value, current, collation) * sign < 0 ? value : null);
}

/** $currentDate: true, {$type: "date"} or {$type: "timestamp"}. */
export function currentDate(value: Raw): Operator {
  let type = "date";
  if (value.isObject) {
    const fields = fieldsOf(value);
    const unknown = fields.find((field) => field.name !== "$type");
    if (unknown) throw commandError(2, `Unrecognized $currentDate option: ${unknown.name}`);
    type = fields[0]?.value.isString ? fields[0].value.text() : "";
    if (type !== "date" && type !== "timestamp") {
      throw commandError(
        2,
        "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
      );
    }
  } else if (value.type !== BSON_TYPE.bool) {
    throw commandError(
      2,
      `${typeName(value.type)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  }
  return (_current, context) => (type === "date" ? rawDate(BigInt(context.now.getTime())) : context.timestamp);
}

export function addToSet(value: Raw, collation: Collation | null): Operator {
  const each = value.isObject ? fieldOf(value, "$each") : null;
  if (each !== null && !each.isArray) {
    throw commandError(
      14,
      `The argument to $each in $addToSet must be an array but it was of type ${typeName(each.type)}`,
    );
  }
  const additions = each === null ? [value] : itemsOf(each);
  return (current, context) => {
    if (current !== null && !current.isArray) {
      throw commandError(
        2,
        `Cannot apply $addToSet to non-array field. Field named '${context.path.split(".").at(-1)}' has non-array type ${typeName(current.type)}`,
      );
    }
    const items = current === null ? [] : itemsOf(current);
    const before = items.length;
    for (const item of additions) if (!items.some((known) => equalRaw(known, item, collation))) items.push(item);
    return current !== null && items.length === before ? null : rawArray(items);
  };
}

export function pop(value: Raw, path: string): Operator {
  const side = value.isNumber ? exactInt64(value) : null;
  if (side === null) throw commandError(9, `Expected a number in: ${path}: ${describe(value)}`);
  if (side !== 1n && side !== -1n) throw commandError(9, `$pop expects 1 or -1, found: ${side}`);
  return (current, context) => {
    if (current === null) return null;
    if (!current.isArray) {
      throw commandError(
        14,
        `Path '${context.path}' contains an element of non-array type '${typeName(current.type)}'`,
      );
    }
    const items = itemsOf(current);
    if (items.length === 0) return null;
    return rawArray(side === 1n ? items.slice(0, -1) : items.slice(1));
  };
}

/** $pull, with the filter of its argument, or null for plain equality. */
export function pull(value: Raw, filter: FilterNode | null, collation: Collation | null): Operator {
  return cull("$pull", pullTest(value, filter, collation));
}

function pullTest(value: Raw, filter: FilterNode | null, collation: Collation | null): (item: Raw) => boolean {
  if (filter === null) return (item) => equalRaw(item, value, collation);
  if (isOperatorObject(value) || value.type === BSON_TYPE.regex) {
    const test = compileValueTest(filter, collation);
    return (item) => test(item.buf, item.type, item.start, item.end);
  }
  const matches = compileNode(filter, collation);
  return (item) => item.isObject && matches(item.buf, item.start, item.end);
}

export function pullAll(value: Raw, collation: Collation | null): Operator {
  if (!value.isArray) {
    throw commandError(2, `$pullAll requires an array argument but was given a ${typeName(value.type)}`);
  }
  const unwanted = itemsOf(value);
  return cull("$pullAll", (item) => unwanted.some((other) => equalRaw(item, other, collation)));
}

function cull(name: string, drops: (item: Raw) => boolean): Operator {
  return (current) => {
    if (current === null) return null;
    if (!current.isArray) throw commandError(2, `Cannot apply ${name} to a non-array value`);
    const items = itemsOf(current);
    const kept = items.filter((item) => !drops(item));
    return kept.length === items.length ? null : rawArray(kept);
  };
}

const BIT_OPERATIONS: Record<string, (a: bigint, b: bigint) => bigint> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

export function bit(value: Raw): Operator {
  if (!value.isObject) {
    throw commandError(
      2,
      `The $bit modifier is not compatible with a ${typeName(value.type)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
    );
  }
  const steps = fieldsOf(value).map((field) => {
    const operation = BIT_OPERATIONS[field.name];
    if (operation === undefined) {
      throw commandError(
        2,
        `The $bit modifier only supports 'and', 'or', and 'xor', not '${field.name}' which is an unknown operator: {${field.name}: …}`,
      );
    }
    if (field.value.type !== BSON_TYPE.int32 && field.value.type !== BSON_TYPE.int64) {
      throw commandError(
        2,
        `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(field.value.type)}' is not supported here: {${field.name}: …}`,
      );
    }
    return { operation, operand: exactInt64(field.value)!, isLong: field.value.type === BSON_TYPE.int64 };
  });
  if (steps.length === 0) {
    throw commandError(
      2,
      "You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}",
    );
  }
  return (current, context) => {
    if (current !== null && current.type !== BSON_TYPE.int32 && current.type !== BSON_TYPE.int64) {
      throw commandError(
        2,
        `Cannot apply $bit to a value of non-integral type.{_id: ${context.id}} has the field ${context.path} of non-integer type ${typeName(current.type)}`,
      );
    }
    let isLong = current !== null && current.type === BSON_TYPE.int64;
    let bits = current === null ? 0n : exactInt64(current)!;
    for (const step of steps) {
      bits = step.operation(bits, step.operand);
      isLong ||= step.isLong;
    }
    return isLong ? rawInt64(bits) : rawInt32(Number(BigInt.asIntN(32, bits)));
  };
}
