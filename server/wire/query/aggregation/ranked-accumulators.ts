import { commandError } from "../../command-error";
import type { Accumulator } from "../expressions/accumulators";
import { namedArguments } from "../expressions/types";
import { compareRaw } from "../compare";
import { exactInt64 } from "../numbers";
import { documentOf, fieldOf, fieldsOf, MISSING, NULL, rawArray, rawObject, type Raw } from "../raw";
import { compileSort, type SortKey } from "../sort";
import type { GroupField } from "./group";
import type { AggregationContext } from "./stage";

type Evaluate = (expression: Raw, context: AggregationContext) => (doc: Raw) => Raw;

/** $top, $bottom, $topN, $bottomN, $firstN, $lastN, $minN, $maxN. */
export function rankedAccumulator(
  field: string,
  name: string,
  spec: Raw,
  context: AggregationContext,
  evaluate: Evaluate,
): GroupField {
  const sorted = name.startsWith("$top") || name.startsWith("$bottom");
  const many = name.endsWith("N");
  const required = [...(sorted ? ["sortBy", "output"] : ["input"]), ...(many ? ["n"] : [])];
  const named = namedArguments(name, spec, spec.isObject ? fieldsOf(spec) : [], required);
  const n = many ? countOf(name, evaluate(named.get("n")!, context)) : 1;
  return sorted
    ? sortedField(field, name, many, n, named, context, evaluate)
    : { name: field, create: () => new Several(name, n, context), value: evaluate(named.get("input")!, context) };
}

function countOf(name: string, expression: (doc: Raw) => Raw): number {
  const value = expression(rawObject([]));
  const n = value.isNumber ? exactInt64(value) : null;
  if (n === null) throw commandError(5787902, `Value for 'n' must be of integral type, but found ${name}`);
  if (n < 1n) throw commandError(5787908, `'n' must be greater than 0, found ${n} for ${name}`);
  return Number(n);
}

class Several implements Accumulator {
  #items: Raw[] = [];

  constructor(
    readonly name: string,
    readonly n: number,
    readonly context: AggregationContext,
  ) {}

  add(value: Raw): void {
    const extreme = this.name === "$minN" || this.name === "$maxN";
    if (extreme && (value === MISSING || value.isNullish)) return;
    if (this.name === "$firstN" && this.#items.length >= this.n) return;
    this.#items.push(value === MISSING ? NULL : value);
    if (this.name === "$lastN" && this.#items.length > this.n) this.#items.shift();
    if (extreme && this.#items.length > this.n * 2 + 16) this.#cut();
  }

  #cut(): void {
    const sign = this.name === "$minN" ? 1 : -1;
    this.#items = this.#items.sort((a, b) => sign * compareRaw(a, b, this.context.collation)).slice(0, this.n);
  }

  result(): Raw {
    if (this.name === "$minN" || this.name === "$maxN") this.#cut();
    return rawArray(this.#items);
  }
}

/** The value handed from a document to its accumulator: {d: the document, o: the output}. */
function sortedField(
  field: string,
  name: string,
  many: boolean,
  n: number,
  named: ReadonlyMap<string, Raw>,
  context: AggregationContext,
  evaluate: Evaluate,
): GroupField {
  const by = named.get("sortBy")!;
  if (!by.isObject) throw commandError(10065, "invalid parameter: expected an object (sortBy)");
  const sort = compileSort(by.bytes(), { collation: context.collation });
  const output = evaluate(named.get("output")!, context);
  const sign = name.startsWith("$top") ? 1 : -1;
  return {
    name: field,
    value: (doc) => {
      const value = output(doc);
      return rawObject([
        { name: "d", value: doc },
        { name: "o", value: value === MISSING ? NULL : value },
      ]);
    },
    create: () => {
      let entries: { key: SortKey; value: Raw }[] = [];
      const cut = (): void => {
        entries.sort((a, b) => sign * sort.compareKeys(a.key, b.key));
        entries = entries.slice(0, n);
      };
      return {
        add: (pair) => {
          const doc = fieldOf(pair, "d")!;
          entries.push({ key: sort.keyOf(documentOf(fieldsOf(doc))), value: fieldOf(pair, "o")! });
          if (entries.length > n * 2 + 16) cut();
        },
        result: () => {
          cut();
          const values = entries.map((entry) => entry.value);
          if (!many) return values[0] ?? NULL;
          return rawArray(sign === 1 ? values : values.reverse());
        },
      };
    },
  };
}
