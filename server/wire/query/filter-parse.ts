import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { compileExpressionFilter } from "./expressions/as-filter";
import { parseFieldOperator } from "./filter-operators";
import { ALWAYS, allOf, NEVER, type FilterNode } from "./filter-node";
import { compileJsonSchema } from "./json-schema";
import { toNumber } from "./numbers";
import { fieldsOf, itemsOf, type Field, type Raw } from "./raw";
import { isOperatorObject, patternOf, type FilterContext } from "./filter-values";

/** Parses a filter document. Throws what the server answers: 2 BadValue for an unknown operator, and so on. */
export function parseFilter(filter: Raw, context: FilterContext): FilterNode {
  return allOf(fieldsOf(filter).map((field) => parseTop(field, context)));
}

function parseTop(field: Field, context: FilterContext): FilterNode {
  const { name, value } = field;
  if (!name.startsWith("$")) return parseField(name, value, context);
  switch (name) {
    case "$and":
      return allOf(parseClauses(name, value, context));
    case "$or":
      return { op: "or", children: parseClauses(name, value, context) };
    case "$nor":
      return { op: "nor", children: parseClauses(name, value, context) };
    case "$comment":
      return ALWAYS;
    case "$expr":
      return { op: "document", name, test: compileExpressionFilter(value, context) };
    case "$jsonSchema":
      return { op: "document", name, test: compileJsonSchema(value) };
    case "$sampleRate": {
      const rate = toNumber(value);
      if (!(rate >= 0 && rate <= 1)) throw commandError(2, "$sampleRate must be between 0 and 1");
      return { op: "document", name, test: () => Math.random() < rate };
    }
    case "$alwaysTrue":
      return ALWAYS;
    case "$alwaysFalse":
      return NEVER;
    case "$where":
      throw commandError(2, "no globalScriptEngine in $where parsing");
    case "$text":
      throw commandError(27, "text index required for $text query");
    default:
      throw commandError(
        2,
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

function parseClauses(name: string, value: Raw, context: FilterContext): FilterNode[] {
  if (!value.isArray) throw commandError(2, `${name} argument must be an array`);
  const clauses = itemsOf(value);
  if (clauses.length === 0) throw commandError(2, "$and/$or/$nor must be a nonempty array");
  return clauses.map((clause) => {
    if (!clause.isObject) throw commandError(2, "$or/$and/$nor entries need to be full objects");
    return parseFilter(clause, context);
  });
}

function parseField(path: string, value: Raw, context: FilterContext): FilterNode {
  if (isOperatorObject(value)) return parseOperators(path, value, context);
  if (value.type === BSON_TYPE.regex) return { op: "leaf", path, leaf: { kind: "regex", pattern: patternOf(value) } };
  if (value.type === BSON_TYPE.undefined) throw commandError(2, "cannot compare to undefined");
  return { op: "leaf", path, leaf: { kind: "eq", value } };
}

/** The conditions of an operator object on one path. */
export function parseOperators(path: string, operators: Raw, context: FilterContext): FilterNode {
  const fields = fieldsOf(operators);
  const children: FilterNode[] = [];
  for (const { name, value } of fields) {
    const node = parseFieldOperator({ path, name, value, siblings: fields, context, parseFilter, parseOperators });
    if (node !== null) children.push(node);
  }
  return allOf(children);
}
