import { compareRaw } from "../compare";
import { FALSE, rawBool, rawInt32, TRUE } from "../raw";
import { isTruthy } from "../truth";
import { argumentsOf, operator, type Operator } from "./types";

function comparison(holds: (order: number) => boolean): Operator {
  return operator(2, 2, ([a, b], { collation }) => rawBool(holds(compareRaw(a!, b!, collation))));
}

const and: Operator = (argument, context) => {
  const parts = argumentsOf(argument).map((part) => context.compile(part));
  return (env) => (parts.every((part) => isTruthy(part(env))) ? TRUE : FALSE);
};

const or: Operator = (argument, context) => {
  const parts = argumentsOf(argument).map((part) => context.compile(part));
  return (env) => (parts.some((part) => isTruthy(part(env))) ? TRUE : FALSE);
};

/** Comparisons use the order of all types; nothing is bracketed here, unlike in filters. */
export const comparisonOperators: Readonly<Record<string, Operator>> = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $cmp: operator(2, 2, ([a, b], { collation }) => rawInt32(Math.sign(compareRaw(a!, b!, collation)))),
  $and: and,
  $or: or,
  $not: operator(1, 1, ([value]) => rawBool(!isTruthy(value!))),
};
