import { itemsOf, type Raw } from "../raw";
import { accumulators } from "./accumulators";
import { argumentsOf, type Operator } from "./types";

/** $sum, $avg, … as expressions: over their arguments, or over the elements when the only one is an array. */
function summary(name: "$sum" | "$avg" | "$min" | "$max" | "$stdDevPop" | "$stdDevSamp"): Operator {
  return (argument, context) => {
    const parts = argumentsOf(argument).map((part) => context.compile(part));
    return (env) => {
      const values: Raw[] = parts.map((part) => part(env));
      const spread = parts.length === 1 && values[0]!.isArray ? itemsOf(values[0]!) : values;
      const accumulator = accumulators[name]!(context.collation);
      for (const value of spread) accumulator.add(value);
      return accumulator.result();
    };
  };
}

export const summaryOperators: Readonly<Record<string, Operator>> = {
  $sum: summary("$sum"),
  $avg: summary("$avg"),
  $min: summary("$min"),
  $max: summary("$max"),
  $stdDevPop: summary("$stdDevPop"),
  $stdDevSamp: summary("$stdDevSamp"),
};
