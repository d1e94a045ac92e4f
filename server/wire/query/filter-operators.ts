import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { bitMask } from "./bits";
import type { BitsTest, Comparison, FilterNode, Leaf } from "./filter-node";
import { allOf, NEVER } from "./filter-node";
import { isOperatorObject, patternOf, type FilterContext } from "./filter-values";
import { exactInt64, truncatedInt64 } from "./numbers";
import { fieldsOf, itemsOf, type Field, type Raw } from "./raw";
import { compilePattern } from "./regex";
import { typeSetOf } from "./type-names";
import { isTruthy } from "./truth";

export interface FieldOperator {
  readonly path: string;
  readonly name: string;
  readonly value: Raw;
  /** The whole operator object, for $options beside $regex. */
  readonly siblings: readonly Field[];
  readonly context: FilterContext;
  /** The parsers that operators with filters inside come back to. */
  readonly parseFilter: (filter: Raw, context: FilterContext) => FilterNode;
  readonly parseOperators: (path: string, operators: Raw, context: FilterContext) => FilterNode;
}

const COMPARISONS: Record<string, Comparison> = { $eq: "eq", $gt: "gt", $gte: "gte", $lt: "lt", $lte: "lte" };
const BITS: Record<string, BitsTest> = {
  $bitsAllSet: "allSet",
  $bitsAnySet: "anySet",
  $bitsAllClear: "allClear",
  $bitsAnyClear: "anyClear",
};

/** One operator of an operator object; null where it only modifies another one. */
export function parseFieldOperator(o: FieldOperator): FilterNode | null {
  const { path, name, value } = o;
  const leaf = (made: Leaf): FilterNode => ({ op: "leaf", path, leaf: made });
  const not = (child: FilterNode): FilterNode => ({ op: "not", child });
  const comparison = COMPARISONS[name];
  if (comparison) return leaf(compareLeaf(comparison, path, value));
  const bits = BITS[name];
  if (bits) return leaf({ kind: "bits", test: bits, mask: bitMask(name, value) });
  switch (name) {
    case "$ne":
      if (value.type === BSON_TYPE.regex) throw commandError(2, "Can't have regex as arg to $ne.");
      return not(leaf(compareLeaf("eq", path, value)));
    case "$in":
      return leaf(inLeaf(name, value));
    case "$nin":
      return not(leaf(inLeaf(name, value)));
    case "$exists":
      return isTruthy(value) ? leaf({ kind: "exists" }) : not(leaf({ kind: "exists" }));
    case "$type":
      return leaf({ kind: "type", types: typeSetOf(value, "$type") });
    case "$mod":
      return leaf(modLeaf(value));
    case "$size":
      return leaf(sizeLeaf(value));
    case "$regex":
    case "$options":
      return regexNode(o);
    case "$not":
      return not(notChild(o));
    case "$all":
      return allNode(o);
    case "$elemMatch":
      return leaf(elemMatchLeaf(o, value));
    case "$comment":
      return null;
    case "$near":
    case "$nearSphere":
    case "$geoNear":
      throw commandError(291, "unable to find index for $geoNear query");
    case "$geoWithin":
    case "$geoIntersects":
    case "$within":
      throw commandError(238, `${name} is not supported by this server`);
    default:
      throw commandError(2, `unknown operator: ${name}`);
  }
}

function compareLeaf(kind: Comparison, path: string, value: Raw): Leaf {
  if (value.type === BSON_TYPE.undefined) throw commandError(2, "cannot compare to undefined");
  if (kind !== "eq" && value.type === BSON_TYPE.regex) {
    throw commandError(2, `Can't have RegEx as arg to predicate over field '${path}'.`);
  }
  return { kind, value };
}

function inLeaf(name: string, value: Raw): Leaf {
  if (!value.isArray) throw commandError(2, `${name} needs an array`);
  const values: Raw[] = [];
  const patterns = [];
  for (const item of itemsOf(value)) {
    if (isOperatorObject(item)) throw commandError(2, `cannot nest $ under ${name}`);
    if (item.type === BSON_TYPE.undefined) throw commandError(2, "cannot compare to undefined");
    if (item.type === BSON_TYPE.regex) patterns.push(patternOf(item));
    else values.push(item);
  }
  return { kind: "in", values, patterns };
}

function modLeaf(value: Raw): Leaf {
  if (!value.isArray) throw commandError(2, "malformed mod, needs to be an array");
  const items = itemsOf(value);
  if (items.length < 2) throw commandError(2, "malformed mod, not enough elements");
  if (items.length > 2) throw commandError(2, "malformed mod, too many elements");
  if (!items[0]!.isNumber) throw commandError(2, "malformed mod, divisor not a number");
  if (!items[1]!.isNumber) throw commandError(2, "malformed mod, remainder not a number");
  const divisor = truncatedInt64(items[0]!);
  const remainder = truncatedInt64(items[1]!);
  if (divisor === null) throw commandError(2, "malformed mod, divisor value is invalid");
  if (remainder === null) throw commandError(2, "malformed mod, remainder value is invalid");
  if (divisor === 0n) throw commandError(2, "divisor cannot be 0");
  return { kind: "mod", divisor, remainder };
}

function sizeLeaf(value: Raw): Leaf {
  const size = value.isNumber ? exactInt64(value) : null;
  if (size === null) throw commandError(2, "Failed to parse $size. Expected a number.");
  if (size < 0n) throw commandError(2, "Failed to parse $size. Expected a non-negative number.");
  return { kind: "size", size: Number(size) };
}

function regexNode(o: FieldOperator): FilterNode | null {
  const regex = o.siblings.find((field) => field.name === "$regex")?.value;
  if (regex === undefined) throw commandError(2, "$options needs a $regex");
  if (o.name === "$options") return null;
  const options = o.siblings.find((field) => field.name === "$options")?.value;
  if (options !== undefined && !options.isString) throw commandError(2, "$options has to be a string");
  if (regex.type !== BSON_TYPE.regex && !regex.isString) throw commandError(2, "$regex has to be a string");
  const pattern =
    regex.type === BSON_TYPE.regex ? patternOf(regex) : compilePattern(regex.text(), options?.text() ?? "");
  if (regex.type === BSON_TYPE.regex && options !== undefined) {
    if (pattern.flags !== "") throw commandError(51075, "options set in both $regex and $options");
    return {
      op: "leaf",
      path: o.path,
      leaf: { kind: "regex", pattern: compilePattern(pattern.source, options.text()) },
    };
  }
  return { op: "leaf", path: o.path, leaf: { kind: "regex", pattern } };
}

function notChild({ path, value, context, parseOperators }: FieldOperator): FilterNode {
  if (value.type === BSON_TYPE.regex) return { op: "leaf", path, leaf: { kind: "regex", pattern: patternOf(value) } };
  if (!value.isObject) throw commandError(2, "$not needs a regex or a document");
  const fields = fieldsOf(value);
  if (fields.length === 0) throw commandError(2, "$not cannot be empty");
  const plain = fields.find((field) => !field.name.startsWith("$"));
  if (plain) throw commandError(2, `unknown operator: ${plain.name}`);
  return parseOperators(path, value, context);
}

function allNode(o: FieldOperator): FilterNode {
  const { path, value } = o;
  if (!value.isArray) throw commandError(2, "$all needs an array");
  const items = itemsOf(value);
  if (items.length === 0) return NEVER;
  const elemMatch = items.map((item) => (isOperatorObject(item) ? fieldsOf(item)[0]! : null));
  if (elemMatch[0] !== null && elemMatch[0]!.name === "$elemMatch") {
    return allOf(
      elemMatch.map((field): FilterNode => {
        if (field === null || field.name !== "$elemMatch")
          throw commandError(2, "$all/$elemMatch has to be consistent");
        return { op: "leaf", path, leaf: elemMatchLeaf(o, field.value) };
      }),
    );
  }
  return allOf(
    items.map((item, i): FilterNode => {
      if (elemMatch[i] !== null) throw commandError(2, "no $ expressions in $all");
      const leaf: Leaf =
        item.type === BSON_TYPE.regex ? { kind: "regex", pattern: patternOf(item) } : compareLeaf("eq", path, item);
      return { op: "leaf", path, leaf };
    }),
  );
}

const LOGICAL = ["$and", "$or", "$nor", "$where", "$expr", "$jsonSchema"];

function elemMatchLeaf(o: FieldOperator, value: Raw): Leaf {
  if (!value.isObject) throw commandError(2, "$elemMatch needs an Object");
  const first = fieldsOf(value)[0];
  if (first !== undefined && isOperatorObject(value) && !LOGICAL.includes(first.name)) {
    return { kind: "elemMatchValue", conditions: [o.parseOperators("", value, o.context)] };
  }
  return { kind: "elemMatchObject", filter: o.parseFilter(value, o.context) };
}
