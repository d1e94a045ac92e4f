import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import type { Collation } from "../collation";
import type { Raw } from "../raw";
import { fieldOf, fieldsOf, itemsOf, MISSING, NULL, rawArray, rawObject, type Field } from "../raw";
import { arithmeticOperators } from "./arithmetic";
import { arrayOperators } from "./arrays";
import { comparisonOperators } from "./comparison";
import { controlOperators } from "./control";
import { conversionOperators } from "./conversion";
import { dateOperators } from "./dates";
import { objectOperators } from "./objects";
import { setOperators } from "./sets";
import { stringOperators } from "./strings";
import { summaryOperators } from "./summaries";
import type { CompileContext, Environment, Expression, Operator } from "./types";

const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    ...arithmeticOperators,
    ...arrayOperators,
    ...comparisonOperators,
    ...controlOperators,
    ...conversionOperators,
    ...dateOperators,
    ...objectOperators,
    ...setOperators,
    ...stringOperators,
    ...summaryOperators,
  }),
);

/** Operators of MongoDB that this server refuses by name instead of not knowing them. */
const REFUSED = new Set([
  "$function",
  "$accumulator",
  "$meta",
  "$toHashedIndexKey",
  "$median",
  "$percentile",
  "$encStrContains",
]);
const SYSTEM_VARIABLES = ["ROOT", "CURRENT", "REMOVE", "NOW", "CLUSTER_TIME", "USER_ROLES", "SEARCH_META"];

/** The context of a whole expression: `variables` are the names that may be used, besides the system's. */
export function compileContext(collation: Collation | null, variables: Iterable<string> = []): CompileContext {
  const names = new Set(variables);
  const context: CompileContext = {
    collation,
    names,
    compile: (expression) => compileExpression(expression, context),
    withNames: (more) => compileContext(collation, [...names, ...more]),
  };
  return context;
}

/** The environment of a document. */
export function environmentOf(doc: Raw, variables: Readonly<Record<string, Raw>>): Environment {
  return { root: doc, current: doc, variables };
}

/**
 * Compiles an aggregation expression. Throws 168 for an unknown operator, 17276 for an undefined variable, and what the
 * operators answer to malformed arguments.
 */
export function compileExpression(expression: Raw, context: CompileContext): Expression {
  if (expression.isString) {
    const text = expression.text();
    return text.startsWith("$") ? compilePath(text, context) : () => expression;
  }
  if (expression.isObject) return compileObject(expression, context);
  if (!expression.isArray) return () => expression;
  const items = itemsOf(expression).map((item) => context.compile(item));
  return (env) => rawArray(items.map((item) => missingAsNull(item(env))));
}

function missingAsNull(value: Raw): Raw {
  return value === MISSING ? NULL : value;
}

function compileObject(expression: Raw, context: CompileContext): Expression {
  const fields = fieldsOf(expression);
  const [first] = fields;
  if (first?.name.startsWith("$")) {
    if (fields.length > 1) {
      throw commandError(
        15983,
        `Object ${first.name} and others: an object representing an expression must have exactly one field`,
      );
    }
    return compileOperator(first, context);
  }
  const compiled = fields.map((field) => {
    if (field.name.startsWith("$"))
      throw commandError(
        15983,
        `an expression specification must contain exactly one field, the name of the expression; found '${field.name}'`,
      );
    if (field.name.includes("."))
      throw commandError(16412, `FieldPath field names may not contain '.'. Consider using $getField or $setField.`);
    return { name: field.name, expression: context.compile(field.value) };
  });
  return (env) => {
    const out: Field[] = [];
    for (const field of compiled) {
      const value = field.expression(env);
      if (value !== MISSING) out.push({ name: field.name, value });
    }
    return rawObject(out);
  };
}

function compileOperator({ name, value }: Field, context: CompileContext): Expression {
  if (REFUSED.has(name)) throw commandError(238, `${name} is not supported by this server`);
  const known = OPERATORS.get(name);
  if (known === undefined) throw commandError(168, `Unrecognized expression '${name}'`);
  return known(value, context, name);
}

/** "$a.b" and "$$name.a.b". */
function compilePath(text: string, context: CompileContext): Expression {
  if (!text.startsWith("$$")) {
    const path = fieldPath(text.slice(1));
    return (env) => followPath(env.current, path, 0);
  }
  const [name = "", ...rest] = text.slice(2).split(".");
  if (name === "") throw commandError(16870, "empty variable names are not allowed");
  const path = rest.length > 0 ? fieldPath(rest.join(".")) : [];
  if (!SYSTEM_VARIABLES.includes(name) && !context.names.has(name)) {
    throw commandError(17276, `Use of undefined variable: ${name}`);
  }
  return (env) => followPath(variableOf(name, env), path, 0);
}

function variableOf(name: string, env: Environment): Raw {
  if (name === "ROOT") return env.root;
  if (name === "CURRENT") return env.current;
  return env.variables[name] ?? MISSING;
}

/** Checks and splits a field path. Throws 40353, 15998, 16410 for empty parts and parts that begin with $. */
export function fieldPath(text: string): string[] {
  if (text === "") throw commandError(16872, "'$' by itself is not a valid FieldPath");
  const parts = text.split(".");
  if (text.endsWith(".")) throw commandError(40353, "FieldPath must not end with a '.'.");
  if (parts.includes("")) throw commandError(15998, "FieldPath field names may not be empty strings.");
  const dollar = parts.find((part) => part.startsWith("$"));
  if (dollar !== undefined)
    throw commandError(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  return parts;
}

/** A path through objects; through an array it gives the array of what its objects hold. Digits are names. */
export function followPath(value: Raw, path: readonly string[], depth: number): Raw {
  let current = value;
  for (let i = depth; i < path.length; i += 1) {
    if (current.type === BSON_TYPE.array) {
      const found: Raw[] = [];
      for (const item of itemsOf(current)) {
        const inner = item.isObject ? followPath(item, path, i) : MISSING;
        if (inner !== MISSING) found.push(inner);
      }
      return rawArray(found);
    }
    if (current.type !== BSON_TYPE.object) return MISSING;
    const next = fieldOf(current, path[i]!);
    if (next === null) return MISSING;
    current = next;
  }
  return current;
}

/** True for an expression that does not depend on the document; then its value. */
export function constantOf(expression: Raw, context: CompileContext): Raw {
  return context.compile(expression)(environmentOf(rawObject([]), {}));
}
