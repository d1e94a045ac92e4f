import { commandError } from "../../command-error";
import { compareRaw, equalRaw } from "../compare";
import { itemsOf, NULL, rawArray, rawBool, type Raw } from "../raw";
import type { Collation } from "../collation";
import { isTruthy } from "../truth";
import { typeName } from "../type-names";
import { isAbsent } from "./arithmetic";
import { operator, type Operator } from "./types";

function setOf(name: string, code: number, value: Raw): Raw[] {
  if (!value.isArray)
    throw commandError(
      code,
      `All operands of ${name} must be arrays. One argument is of type: ${typeName(value.type)}`,
    );
  return itemsOf(value);
}

/** Sorted and without repetition, so that the answer does not depend on the order of the input. */
function distinct(items: readonly Raw[], collation: Collation | null): Raw[] {
  const sorted = [...items].sort((a, b) => compareRaw(a, b, collation));
  return sorted.filter((item, i) => i === 0 || !equalRaw(item, sorted[i - 1]!, collation));
}

function has(items: readonly Raw[], wanted: Raw, collation: Collation | null): boolean {
  return items.some((item) => equalRaw(item, wanted, collation));
}

export const setOperators: Readonly<Record<string, Operator>> = {
  $setUnion: operator(0, Infinity, (values, { collation }) => {
    if (values.some(isAbsent)) return NULL;
    return rawArray(
      distinct(
        values.flatMap((value) => setOf("$setUnion", 17043, value)),
        collation,
      ),
    );
  }),
  $setIntersection: operator(0, Infinity, (values, { collation }) => {
    if (values.some(isAbsent)) return NULL;
    const sets = values.map((value) => setOf("$setIntersection", 17047, value));
    const common = (sets[0] ?? []).filter((item) => sets.every((set) => has(set, item, collation)));
    return rawArray(distinct(common, collation));
  }),
  $setDifference: operator(2, 2, ([a, b], { collation }) => {
    if (isAbsent(a!) || isAbsent(b!)) return NULL;
    const unwanted = setOf("$setDifference", 17049, b!);
    const out: Raw[] = [];
    for (const item of setOf("$setDifference", 17048, a!)) {
      if (!has(unwanted, item, collation) && !has(out, item, collation)) out.push(item);
    }
    return rawArray(out);
  }),
  $setEquals: operator(2, Infinity, (values, { collation }) => {
    const sets = values.map((value) => distinct(setOf("$setEquals", 17044, value), collation));
    return rawBool(
      sets.every(
        (set) => set.length === sets[0]!.length && set.every((item, i) => equalRaw(item, sets[0]![i]!, collation)),
      ),
    );
  }),
  $setIsSubset: operator(2, 2, ([a, b], { collation }) => {
    const whole = setOf("$setIsSubset", 17042, b!);
    return rawBool(setOf("$setIsSubset", 17046, a!).every((item) => has(whole, item, collation)));
  }),
  $anyElementTrue: operator(1, 1, ([value]) => rawBool(setOf("$anyElementTrue", 17041, value!).some(isTruthy))),
  $allElementsTrue: operator(1, 1, ([value]) => rawBool(setOf("$allElementsTrue", 17040, value!).every(isTruthy))),
};
