import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import { fieldOf, fieldsOf, MISSING, NULL, rawInt32, rawObject, type Raw } from "../raw";
import { typeName } from "../type-names";
import { isAbsent } from "./arithmetic";
import { argumentsOf, namedArguments, operator, type Expression, type Operator } from "./types";

/** The fields of all, later ones replacing earlier ones in their place. */
export function mergeObjects(values: readonly Raw[]): Raw {
  const fields = new Map<string, Raw>();
  for (const value of values) {
    if (isAbsent(value)) continue;
    if (!value.isObject) {
      throw commandError(40400, `$mergeObjects requires object inputs, but input is of type ${typeName(value.type)}`);
    }
    for (const field of fieldsOf(value)) fields.set(field.name, field.value);
  }
  return rawObject([...fields].map(([name, value]) => ({ name, value })));
}

function constantName(name: string, value: Raw): string {
  if (value.isString && !value.text().startsWith("$")) return value.text();
  if (value.isObject) {
    const literal = fieldOf(value, "$literal") ?? fieldOf(value, "$const");
    if (literal?.isString) return literal.text();
  }
  throw commandError(5654602, `${name} requires 'field' to evaluate to a constant String`);
}

const getField: Operator = (argument, context) => {
  const isFull = argument.isObject && fieldOf(argument, "field") !== null;
  const named = isFull ? namedArguments("$getField", argument, fieldsOf(argument), ["field"], ["input"]) : null;
  const fieldExpression = named?.get("field") ?? argument;
  const name = constantName("$getField", fieldExpression);
  const input: Expression = named?.has("input") ? context.compile(named.get("input")!) : (env) => env.current;
  return (env) => {
    const value = input(env);
    if (value === MISSING) return MISSING;
    if (value.isNullish) return NULL;
    return value.isObject ? (fieldOf(value, name) ?? MISSING) : MISSING;
  };
};

function setField(operatorName: "$setField" | "$unsetField"): Operator {
  const required = operatorName === "$setField" ? ["field", "input", "value"] : ["field", "input"];
  return (argument, context) => {
    const named = namedArguments(operatorName, argument, argument.isObject ? fieldsOf(argument) : [], required);
    const name = constantName(operatorName, named.get("field")!);
    const input = context.compile(named.get("input")!);
    const value: Expression = named.has("value") ? context.compile(named.get("value")!) : () => MISSING;
    return (env) => {
      const target = input(env);
      if (isAbsent(target)) return NULL;
      if (!target.isObject) throw commandError(4161105, `${operatorName} requires 'input' to evaluate to type Object`);
      const next = value(env);
      const fields = fieldsOf(target);
      const at = fields.findIndex((field) => field.name === name);
      if (next === MISSING) return rawObject(fields.filter((field) => field.name !== name));
      if (at < 0) return rawObject([...fields, { name, value: next }]);
      fields[at] = { name, value: next };
      return rawObject(fields);
    };
  };
}

export const objectOperators: Readonly<Record<string, Operator>> = {
  $mergeObjects: (argument, context) => {
    const parts = argumentsOf(argument).map((part) => context.compile(part));
    return (env) => {
      const values = parts.map((part) => part(env));
      const [only] = values;
      return mergeObjects(
        values.length === 1 && only!.isArray ? [...fieldsOf(only!)].map((field) => field.value) : values,
      );
    };
  },
  $getField: getField,
  $setField: setField("$setField"),
  $unsetField: setField("$unsetField"),
  $bsonSize: operator(1, 1, ([value]) => {
    if (isAbsent(value!)) return NULL;
    if (!value!.isObject)
      throw commandError(31393, `$bsonSize requires a document input, found: ${typeName(value!.type)}`);
    return rawInt32(value!.end - value!.start);
  }),
  $binarySize: operator(1, 1, ([value]) => {
    if (isAbsent(value!)) return NULL;
    if (value!.isString) return rawInt32(value!.end - value!.start - 5);
    if (value!.type !== BSON_TYPE.binData)
      throw commandError(51276, `$binarySize requires a string or BinData argument, found: ${typeName(value!.type)}`);
    return rawInt32(value!.end - value!.start - 5);
  }),
};
