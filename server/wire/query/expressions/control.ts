import { commandError } from "../../command-error";
import { fieldsOf, itemsOf, MISSING, rawDouble, type Raw } from "../raw";
import { isTruthy } from "../truth";
import { argumentsOf, namedArguments, type Environment, type Expression, type Operator } from "./types";

const cond: Operator = (argument, context) => {
  let parts: Raw[];
  if (argument.isObject) {
    const named = new Map(fieldsOf(argument).map((field) => [field.name, field.value]));
    for (const name of named.keys()) {
      if (!["if", "then", "else"].includes(name)) throw commandError(17083, `Unrecognized parameter to $cond: ${name}`);
    }
    parts = ["if", "then", "else"].map((name, i) => {
      const value = named.get(name);
      if (value === undefined) throw commandError(17080 + i, `Missing '${name}' parameter to $cond`);
      return value;
    });
  } else {
    parts = argumentsOf(argument);
    if (parts.length !== 3)
      throw commandError(16020, `Expression $cond takes exactly 3 arguments. ${parts.length} were passed in.`);
  }
  const [test, yes, no] = parts.map((part) => context.compile(part));
  return (env) => (isTruthy(test!(env)) ? yes!(env) : no!(env));
};

const ifNull: Operator = (argument, context) => {
  const parts = argumentsOf(argument).map((part) => context.compile(part));
  if (parts.length < 2) throw commandError(1257300, `$ifNull needs at least two arguments, had: ${parts.length}`);
  return (env) => {
    let value = MISSING;
    for (const part of parts) {
      value = part(env);
      if (value !== MISSING && !value.isNullish) return value;
    }
    return value;
  };
};

const switchOperator: Operator = (argument, context) => {
  if (!argument.isObject) throw commandError(40060, "$switch requires an object as an argument");
  const branches: { test: Expression; then: Expression }[] = [];
  let fallback: Expression | null = null;
  for (const { name, value } of fieldsOf(argument)) {
    if (name === "default") fallback = context.compile(value);
    else if (name !== "branches") throw commandError(40067, `$switch found an unknown argument: ${name}`);
    else if (!value.isArray) throw commandError(40061, "$switch expected an array for 'branches'");
    else {
      for (const branch of itemsOf(value)) {
        const parts = namedArguments("$switch", branch, branch.isObject ? fieldsOf(branch) : [], ["case", "then"]);
        branches.push({ test: context.compile(parts.get("case")!), then: context.compile(parts.get("then")!) });
      }
    }
  }
  if (branches.length === 0) throw commandError(40068, "$switch requires at least one branch.");
  return (env) => {
    for (const branch of branches) if (isTruthy(branch.test(env))) return branch.then(env);
    if (fallback === null) {
      throw commandError(40066, "$switch could not find a matching branch for an input, and no default was specified.");
    }
    return fallback(env);
  };
};

const letOperator: Operator = (argument, context) => {
  const named = namedArguments("$let", argument, argument.isObject ? fieldsOf(argument) : [], ["vars", "in"]);
  const variables = fieldsOf(named.get("vars")!).map((field) => {
    assertVariableName(field.name);
    return { name: field.name, value: context.compile(field.value) };
  });
  const body = context.withNames(variables.map((variable) => variable.name)).compile(named.get("in")!);
  return (env) => body(withVariables(env, Object.fromEntries(variables.map(({ name, value }) => [name, value(env)]))));
};

/** The environment with more variables; a new CURRENT changes what "$field" means. */
export function withVariables(env: Environment, more: Readonly<Record<string, Raw>>): Environment {
  return { root: env.root, current: more.CURRENT ?? env.current, variables: { ...env.variables, ...more } };
}

/** Throws 16867 or 16868 for a name that users may not define. */
export function assertVariableName(name: string): void {
  if (!/^(?:[a-z\u0080-\uffff]|CURRENT$)/.test(name)) {
    throw commandError(16867, `'${name}' starts with an invalid character for a user variable name`);
  }
  if (!/^[\w\u0080-\uffff]*$/.test(name)) {
    throw commandError(16868, `'${name}' contains an invalid character for a variable name`);
  }
}

/** Branches, variables and literals. */
export const controlOperators: Readonly<Record<string, Operator>> = {
  $cond: cond,
  $ifNull: ifNull,
  $switch: switchOperator,
  $let: letOperator,
  $literal: (argument) => () => argument,
  $const: (argument) => () => argument,
  $rand: () => () => rawDouble(Math.random()),
};
