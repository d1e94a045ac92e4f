import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import type { Collation } from "../collation";
import { parseFilter } from "../filter-parse";
import { isOperatorObject } from "../filter-values";
import { numericOf } from "../numbers";
import { fieldsOf, rawDocument, rawObject, type DocumentLike, type Raw } from "../raw";
import { addToSet, bit, currentDate, increment, minMax, pop, pull, pullAll } from "./operators";
import { assertNoConflict, comparePaths, updatePath, type UpdatePath } from "./path";
import { push } from "./push";

/** What an operator may need to know about its place. */
export interface OperatorContext {
  /** The path as it was resolved, for messages. */
  readonly path: string;
  /** The document's `_id`, for messages. */
  readonly id: string;
  readonly now: Date;
  /** The value of $currentDate with type timestamp. */
  readonly timestamp: Raw;
}

/** The new value for a place; null leaves it alone. `current` is null where nothing is there. */
export type Operator = (current: Raw | null, context: OperatorContext) => Raw | null;

export interface Operation {
  readonly path: UpdatePath;
  readonly kind: "set" | "unset" | "rename";
  readonly operator: Operator;
  /** Makes missing fields on the way; others do nothing where the path ends early or is blocked. */
  readonly creates: boolean;
  /** Only when the document is inserted. */
  readonly onInsert: boolean;
  /** The source of a rename. */
  readonly source: UpdatePath | null;
}

export interface ParseContext {
  readonly collation: Collation | null;
}

const NAMES = [
  "$set",
  "$unset",
  "$inc",
  "$mul",
  "$min",
  "$max",
  "$rename",
  "$currentDate",
  "$setOnInsert",
  "$push",
  "$pop",
  "$pull",
  "$pullAll",
  "$addToSet",
  "$bit",
];

/** Parses update operators into operations in the order in which they apply. */
export function parseOperations(update: DocumentLike, context: ParseContext): Operation[] {
  const operations: Operation[] = [];
  for (const { name, value } of fieldsOf(rawDocument(update))) {
    if (!NAMES.includes(name)) {
      throw commandError(
        9,
        `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    if (!value.isObject) {
      throw commandError(
        9,
        `Modifiers operate on fields but we found type ${describeType(value)} instead. For example: {$mod: {<field>: ...}} not {${name}: …}`,
      );
    }
    for (const field of fieldsOf(value)) {
      operations.push(...parseOperation(name, updatePath(field.name), field.value, context));
    }
  }
  operations.sort((a, b) => comparePaths(a.path, b.path));
  assertNoConflict(operations.map((operation) => operation.path));
  return operations;
}

function describeType(value: Raw): string {
  return value.isString
    ? "string"
    : value.isArray
      ? "array"
      : value.isNumber
        ? "number"
        : `0x${value.type.toString(16)}`;
}

const DEFAULTS = { kind: "set", creates: true, onInsert: false, source: null } as const;

function parseOperation(name: string, path: UpdatePath, value: Raw, context: ParseContext): Operation[] {
  const one = (operator: Operator, extra: Partial<Operation> = {}): Operation[] => [
    { ...DEFAULTS, path, operator, ...extra },
  ];
  switch (name) {
    case "$set":
      return one(() => value);
    case "$setOnInsert":
      return one(() => value, { onInsert: true });
    case "$unset":
      return one(() => null, { kind: "unset", creates: false });
    case "$inc":
    case "$mul": {
      const by = numericOf(value);
      if (by === null) {
        const verb = name === "$inc" ? "increment" : "multiply";
        throw commandError(14, `Cannot ${verb} with non-numeric argument: {${path.text}: …}`);
      }
      return one(increment(name, by));
    }
    case "$min":
    case "$max":
      return one(minMax(name, value, context.collation));
    case "$rename":
      return rename(path, value);
    case "$currentDate":
      return one(currentDate(value));
    case "$push":
      return one(push(value, context.collation));
    case "$addToSet":
      return one(addToSet(value, context.collation));
    case "$pop":
      return one(pop(value, path.text), { creates: false });
    case "$pull":
      return one(pull(value, pullFilter(value, context), context.collation), { creates: false });
    case "$pullAll":
      return one(pullAll(value, context.collation), { creates: false });
    default:
      return one(bit(value));
  }
}

/** $pull of {$gt: 5} asks the element itself, of {x: 1} its fields, of anything else for equality (null here). */
function pullFilter(value: Raw, context: ParseContext): ReturnType<typeof parseFilter> | null {
  const filter = { collation: context.collation, variables: {} };
  if (isOperatorObject(value)) return parseFilter(wrap(value), filter);
  if (value.isObject) return parseFilter(value, filter);
  return value.type === BSON_TYPE.regex ? parseFilter(wrap(value), filter) : null;
}

/** `{"": value}`: the conditions then stand on a path that nobody looks at. */
function wrap(value: Raw): Raw {
  return rawObject([{ name: "", value }]);
}

function rename(source: UpdatePath, target: Raw): Operation[] {
  if (!target.isString) throw commandError(2, `The 'to' field for $rename must be a string: ${source.text}: …`);
  const path = updatePath(target.text());
  for (const [side, each] of [
    ["source", source],
    ["destination", path],
  ] as const) {
    if (each.steps.some((step) => step.kind !== "name")) {
      throw commandError(2, `The ${side} field for $rename may not be dynamic: ${each.text}`);
    }
  }
  if (source.text === path.text) {
    throw commandError(2, `The source and target field for $rename must differ: ${source.text}: "${path.text}"`);
  }
  return [
    { ...DEFAULTS, path, kind: "rename", operator: () => null, source },
    { ...DEFAULTS, path: source, kind: "unset", operator: () => null, creates: false },
  ];
}
