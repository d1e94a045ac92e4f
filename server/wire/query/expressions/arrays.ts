import { commandError } from "../../command-error";
import { compareRaw, equalRaw } from "../compare";
import { exactInt64 } from "../numbers";
import {
  fieldOf,
  fieldsOf,
  itemsOf,
  MISSING,
  NULL,
  rawArray,
  rawBool,
  rawInt32,
  rawObject,
  rawString,
  type Raw,
} from "../raw";
import { compileSort } from "../sort";
import { isTruthy } from "../truth";
import { typeName } from "../type-names";
import { isAbsent } from "./arithmetic";
import { assertVariableName, withVariables } from "./control";
import { namedArguments, operator, type Expression, type Operator } from "./types";

function arrayOf(name: string, code: number, value: Raw, what = "argument"): Raw[] {
  if (!value.isArray) throw commandError(code, `${name}'s ${what} must be an array, but is ${typeName(value.type)}`);
  return itemsOf(value);
}

function integerOf(name: string, code: number, value: Raw): number {
  const whole = value.isNumber ? exactInt64(value) : null;
  if (whole === null)
    throw commandError(code, `${name} requires an integral argument, found a value of type ${typeName(value.type)}`);
  return Number(whole);
}

function elementAt(items: readonly Raw[], index: number): Raw {
  return items[index < 0 ? items.length + index : index] ?? MISSING;
}

const map: Operator = (argument, context) => {
  const named = namedArguments("$map", argument, argument.isObject ? fieldsOf(argument) : [], ["input", "in"], ["as"]);
  const as = variableName(named.get("as"), "this");
  const input = context.compile(named.get("input")!);
  const body = context.withNames([as]).compile(named.get("in")!);
  return (env) => {
    const value = input(env);
    if (isAbsent(value)) return NULL;
    const items = arrayOf("$map", 16883, value, "input");
    return rawArray(items.map((item) => orNull(body(withVariables(env, { [as]: item })))));
  };
};

function variableName(value: Raw | undefined, fallback: string): string {
  if (value === undefined) return fallback;
  const name = value.isString ? value.text() : "";
  assertVariableName(name);
  return name;
}

function orNull(value: Raw): Raw {
  return value === MISSING ? NULL : value;
}

const filter: Operator = (argument, context) => {
  const named = namedArguments(
    "$filter",
    argument,
    argument.isObject ? fieldsOf(argument) : [],
    ["input", "cond"],
    ["as", "limit"],
  );
  const as = variableName(named.get("as"), "this");
  const input = context.compile(named.get("input")!);
  const test = context.withNames([as]).compile(named.get("cond")!);
  const limit: Expression = named.has("limit") ? context.compile(named.get("limit")!) : () => NULL;
  return (env) => {
    const value = input(env);
    if (isAbsent(value)) return NULL;
    const items = arrayOf("$filter", 28651, value, "input");
    const most = limit(env);
    const count = isAbsent(most) ? Infinity : integerOf("$filter", 327391, most);
    if (count <= 0) throw commandError(327392, "$filter: limit must be greater than 0");
    const kept: Raw[] = [];
    for (const item of items) {
      if (kept.length >= count) break;
      if (isTruthy(test(withVariables(env, { [as]: item })))) kept.push(item);
    }
    return rawArray(kept);
  };
};

const reduce: Operator = (argument, context) => {
  const named = namedArguments("$reduce", argument, argument.isObject ? fieldsOf(argument) : [], [
    "input",
    "initialValue",
    "in",
  ]);
  const input = context.compile(named.get("input")!);
  const initial = context.compile(named.get("initialValue")!);
  const body = context.withNames(["this", "value"]).compile(named.get("in")!);
  return (env) => {
    const value = input(env);
    if (isAbsent(value)) return NULL;
    return arrayOf("$reduce", 40080, value, "input").reduce(
      (result, item) => body(withVariables(env, { this: item, value: result })),
      initial(env),
    );
  };
};

const zip: Operator = (argument, context) => {
  const named = namedArguments(
    "$zip",
    argument,
    argument.isObject ? fieldsOf(argument) : [],
    ["inputs"],
    ["useLongestLength", "defaults"],
  );
  const inputs = context.compile(named.get("inputs")!);
  const longest = named.has("useLongestLength") && isTruthy(named.get("useLongestLength")!);
  const defaults: Expression = named.has("defaults") ? context.compile(named.get("defaults")!) : () => NULL;
  return (env) => {
    const columns = arrayOf("$zip", 34461, inputs(env), "inputs");
    if (columns.some(isAbsent)) return NULL;
    const lists = columns.map((column) => arrayOf("$zip", 34468, column, "inputs"));
    const fallback = defaults(env);
    const fill = isAbsent(fallback) ? [] : itemsOf(fallback);
    const lengths = lists.map((list) => list.length);
    const count = lists.length === 0 ? 0 : longest ? Math.max(...lengths) : Math.min(...lengths);
    return rawArray(
      Array.from({ length: count }, (_, row) =>
        rawArray(lists.map((list, column) => list[row] ?? fill[column] ?? NULL)),
      ),
    );
  };
};

const sortArray: Operator = (argument, context) => {
  const named = namedArguments("$sortArray", argument, argument.isObject ? fieldsOf(argument) : [], [
    "input",
    "sortBy",
  ]);
  const input = context.compile(named.get("input")!);
  const by = named.get("sortBy")!;
  const { collation } = context;
  let order: (a: Raw, b: Raw) => number;
  if (by.isObject) {
    const sort = compileSort(by.bytes(), { collation });
    const key = (item: Raw) => sort.keyOf(item.isObject ? item.bytes() : rawObject([]).bytes());
    order = (a, b) => sort.compareKeys(key(a), key(b));
  } else {
    const direction = integerOf("$sortArray", 2942507, by);
    order = (a, b) => direction * compareRaw(a, b, collation);
  }
  return (env) => {
    const value = input(env);
    return isAbsent(value) ? NULL : rawArray(arrayOf("$sortArray", 2942504, value, "input").sort(order));
  };
};

function slice(values: Raw[]): Raw {
  if (values.some(isAbsent)) return NULL;
  const items = arrayOf("$slice", 28724, values[0]!, "first argument");
  const second = integerOf("$slice", 28726, values[1]!);
  if (values.length === 2) return rawArray(second >= 0 ? items.slice(0, second) : items.slice(second));
  const count = integerOf("$slice", 28728, values[2]!);
  if (count <= 0) throw commandError(28729, "Third argument to $slice must be positive");
  const from = second >= 0 ? second : Math.max(0, items.length + second);
  return rawArray(items.slice(from, from + count));
}

function range(values: Raw[]): Raw {
  const [start, end, step = 1] = values.map((value) => integerOf("$range", 34443, value));
  if (step === 0) throw commandError(34449, "$range requires a non-zero step value");
  const out: Raw[] = [];
  for (let at = start!; step > 0 ? at < end! : at > end!; at += step) out.push(rawInt32(at));
  return rawArray(out);
}

function indexOfArray(values: Raw[]): Raw {
  const [array, wanted, from, to] = values;
  if (isAbsent(array!)) return NULL;
  const items = arrayOf("$indexOfArray", 40090, array!, "first argument");
  const start = from === undefined ? 0 : integerOf("$indexOfArray", 40096, from);
  const end = to === undefined ? items.length : Math.min(items.length, integerOf("$indexOfArray", 40096, to));
  for (let i = start; i < end; i += 1) if (equalRaw(items[i]!, wanted!)) return rawInt32(i);
  return rawInt32(-1);
}

function arrayToObject([value]: Raw[]): Raw {
  if (isAbsent(value!)) return NULL;
  const fields = new Map<string, Raw>();
  for (const item of arrayOf("$arrayToObject", 40386, value!)) {
    const pair = item.isArray ? itemsOf(item) : [fieldOf(item, "k"), fieldOf(item, "v")];
    const [name, entry] = pair;
    if (!name?.isString || !entry || pair.length !== 2) {
      throw commandError(
        40392,
        "$arrayToObject requires an array of key-value pairs, each [k, v] or {k, v} with a string key",
      );
    }
    fields.set(name.text(), entry);
  }
  return rawObject([...fields].map(([name, entry]) => ({ name, value: entry })));
}

/** $firstN, $lastN, $minN, $maxN of an array. */
function several(name: string, pick: (items: Raw[], n: number, order: (a: Raw, b: Raw) => number) => Raw[]): Operator {
  return (argument, context) => {
    const named = namedArguments(name, argument, argument.isObject ? fieldsOf(argument) : [], ["input", "n"]);
    const input = context.compile(named.get("input")!);
    const n = context.compile(named.get("n")!);
    return (env) => {
      const items = arrayOf(name, 5788200, input(env), "input");
      const count = integerOf(name, 5787902, n(env));
      if (count < 1) throw commandError(5787908, `'n' must be greater than 0, found ${count} for ${name}`);
      return rawArray(pick(items, count, (a, b) => compareRaw(a, b, context.collation)));
    };
  };
}

const present = (items: Raw[]): Raw[] => items.filter((item) => !item.isNullish);

function end(name: string, index: number): Operator {
  return operator(1, 1, ([value]) => (isAbsent(value!) ? NULL : elementAt(arrayOf(name, 28689, value!), index)));
}

export const arrayOperators: Readonly<Record<string, Operator>> = {
  $arrayElemAt: operator(2, 2, ([array, index]) => {
    if (isAbsent(array!) || isAbsent(index!)) return NULL;
    const items = arrayOf("$arrayElemAt", 28689, array!, "first argument");
    return elementAt(items, integerOf("$arrayElemAt", 28690, index!));
  }),
  $first: end("$first", 0),
  $last: end("$last", -1),
  $concatArrays: operator(0, Infinity, (values) => {
    if (values.some(isAbsent)) return NULL;
    return rawArray(values.flatMap((value) => arrayOf("$concatArrays", 28664, value)));
  }),
  $filter: filter,
  $map: map,
  $reduce: reduce,
  $zip: zip,
  $sortArray: sortArray,
  $in: operator(2, 2, ([value, array], { collation }) =>
    rawBool(arrayOf("$in", 40081, array!, "second argument").some((item) => equalRaw(item, value!, collation))),
  ),
  $indexOfArray: operator(2, 4, indexOfArray),
  $isArray: operator(1, 1, ([value]) => rawBool(value!.isArray)),
  $range: operator(2, 3, range),
  $reverseArray: operator(1, 1, ([value]) =>
    isAbsent(value!) ? NULL : rawArray(arrayOf("$reverseArray", 34435, value!).reverse()),
  ),
  $size: operator(1, 1, ([value]) => rawInt32(arrayOf("$size", 17124, value!).length)),
  $slice: operator(2, 3, slice),
  $arrayToObject: operator(1, 1, arrayToObject),
  $objectToArray: operator(1, 1, ([value]) => {
    if (isAbsent(value!)) return NULL;
    if (!value!.isObject)
      throw commandError(40390, `$objectToArray requires a document input, found: ${typeName(value!.type)}`);
    return rawArray(
      fieldsOf(value!).map((field) =>
        rawObject([
          { name: "k", value: rawString(field.name) },
          { name: "v", value: field.value },
        ]),
      ),
    );
  }),
  $firstN: several("$firstN", (items, n) => items.slice(0, n)),
  $lastN: several("$lastN", (items, n) => items.slice(-n)),
  $minN: several("$minN", (items, n, order) => present(items).sort(order).slice(0, n)),
  $maxN: several("$maxN", (items, n, order) =>
    present(items)
      .sort((a, b) => order(b, a))
      .slice(0, n),
  ),
};
