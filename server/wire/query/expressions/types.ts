import { commandError } from "../../command-error";
import type { Collation } from "../collation";
import { itemsOf, type Raw } from "../raw";

/** What an expression sees while it is evaluated. Variables are never changed, only shadowed by a new environment. */
export interface Environment {
  readonly root: Raw;
  readonly current: Raw;
  readonly variables: Readonly<Record<string, Raw>>;
}

/** A compiled expression. MISSING stands for "no value". */
export type Expression = (env: Environment) => Raw;

export interface CompileContext {
  readonly collation: Collation | null;
  /** Names of the variables that may be used, besides the system's. */
  readonly names: ReadonlySet<string>;
  /** Compiles an argument. */
  compile(expression: Raw): Expression;
  /** The same with more variables in scope. */
  withNames(names: readonly string[]): CompileContext;
}

/** Compiles the argument of one operator. */
export type Operator = (argument: Raw, context: CompileContext, name: string) => Expression;

/** The arguments of an operator: the elements of an array, or the one thing that stands there. */
export function argumentsOf(argument: Raw): Raw[] {
  return argument.isArray ? itemsOf(argument) : [argument];
}

/** An operator with `min` to `max` evaluated arguments. Throws 16020 for another number, as the server does. */
export function operator(
  min: number,
  max: number,
  evaluate: (values: Raw[], context: CompileContext, name: string) => Raw,
): Operator {
  return (argument, context, name) => {
    const values = argumentsOf(argument);
    if (values.length < min || values.length > max) throw wrongCount(name, min, max, values.length);
    const compiled = values.map((value) => context.compile(value));
    return (env) =>
      evaluate(
        compiled.map((expression) => expression(env)),
        context,
        name,
      );
  };
}

function wrongCount(name: string, min: number, max: number, count: number): Error {
  if (min === max) {
    return commandError(16020, `Expression ${name} takes exactly ${min} arguments. ${count} were passed in.`);
  }
  return commandError(
    28667,
    `Expression ${name} takes at least ${min} arguments, and at most ${max}, but ${count} were passed in.`,
  );
}

/** Named arguments ({input: …, as: …}). Throws for an unknown name and for a missing one. */
export function namedArguments(
  name: string,
  argument: Raw,
  fields: readonly { readonly name: string; readonly value: Raw }[],
  required: readonly string[],
  optional: readonly string[] = [],
): Map<string, Raw> {
  if (!argument.isObject) throw commandError(28646, `${name} only supports an object as its argument`);
  const out = new Map<string, Raw>();
  for (const field of fields) {
    if (!required.includes(field.name) && !optional.includes(field.name)) {
      throw commandError(28647, `Unrecognized parameter to ${name}: ${field.name}`);
    }
    out.set(field.name, field.value);
  }
  for (const field of required) {
    if (!out.has(field)) throw commandError(28648, `Missing '${field}' parameter to ${name}`);
  }
  return out;
}
