import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import { add, integerOf, multiply } from "../arithmetic";
import { divideDecimals, negateDecimal, remainderDecimals, roundDecimal, type Rounding } from "../decimal";
import {
  asDecimal,
  asDouble,
  exactInt64,
  INT32_MAX,
  INT32_MIN,
  numericOf,
  rawOfNumeric,
  type Numeric,
} from "../numbers";
import { MISSING, NULL, rawDate, rawDouble, rawInt64, type Raw } from "../raw";
import { typeName } from "../type-names";
import { argumentsOf, operator, type Operator } from "./types";

/** Null, undefined and missing make most operators answer null. */
export function isAbsent(value: Raw): boolean {
  return value === MISSING || value.isNullish;
}

function notNumeric(name: string, code: number, value: Raw): Error {
  return commandError(code, `${name} only supports numeric types, not ${typeName(value.type)}`);
}

/** The sum or product where int64 overflows, as the server gives it: a double. */
function orDouble(result: Numeric | null, a: Numeric, b: Numeric, combine: (x: number, y: number) => number): Numeric {
  return result ?? { type: "double", value: combine(asDouble(a), asDouble(b)) };
}

/** Adds two numbers; int64 overflow gives a double. */
export function addNumerics(a: Numeric, b: Numeric): Numeric {
  return orDouble(add(a, b), a, b, (x, y) => x + y);
}

const addOperator: Operator = (argument, context) => {
  const parts = argumentsOf(argument).map((part) => context.compile(part));
  return (env) => {
    let sum: Numeric = { type: "int32", value: 0n };
    let date = false;
    for (const part of parts) {
      const value = part(env);
      if (isAbsent(value)) return NULL;
      if (value.type === BSON_TYPE.date) {
        if (date) throw commandError(16612, "only one date allowed in an $add expression");
        date = true;
        sum = addNumerics(sum, { type: "int64", value: value.buf.readBigInt64LE(value.start) });
        continue;
      }
      const numeric = numericOf(value);
      if (numeric === null)
        throw commandError(14, `$add only supports numeric or date types, not ${typeName(value.type)}`);
      sum = addNumerics(sum, numeric);
    }
    return date ? rawDate(wholeOf(sum)) : rawOfNumeric(sum);
  };
};

function wholeOf(numeric: Numeric): bigint {
  return exactInt64(rawOfNumeric(roundNumeric(numeric, 0, "halfEven"))) ?? 0n;
}

function negate(value: Numeric): Numeric {
  if (value.type === "decimal") return { type: "decimal", value: negateDecimal(value.value) };
  if (value.type === "double") return { type: "double", value: -value.value };
  return integerOf(-value.value, value.type === "int64") ?? { type: "double", value: -Number(value.value) };
}

function subtract([a, b]: Raw[]): Raw {
  if (isAbsent(a!) || isAbsent(b!)) return NULL;
  const left = numericOf(a!);
  const right = numericOf(b!);
  if (left !== null && right !== null) return rawOfNumeric(addNumerics(left, negate(right)));
  if (a!.type === BSON_TYPE.date) {
    const at = a!.buf.readBigInt64LE(a!.start);
    if (b!.type === BSON_TYPE.date) return rawInt64(at - b!.buf.readBigInt64LE(b!.start));
    if (right !== null) return rawDate(at - wholeOf(right));
  }
  throw commandError(14, `can't $subtract ${typeName(b!.type)} from ${typeName(a!.type)}`);
}

const multiplyOperator: Operator = (argument, context) => {
  const parts = argumentsOf(argument).map((part) => context.compile(part));
  return (env) => {
    let product: Numeric = { type: "int32", value: 1n };
    for (const part of parts) {
      const value = part(env);
      if (isAbsent(value)) return NULL;
      const numeric = numericOf(value);
      if (numeric === null) throw notNumeric("$multiply", 14, value);
      product = orDouble(multiply(product, numeric), product, numeric, (x, y) => x * y);
    }
    return rawOfNumeric(product);
  };
};

function divide([a, b]: Raw[]): Raw {
  if (isAbsent(a!) || isAbsent(b!)) return NULL;
  const left = numericOf(a!);
  const right = numericOf(b!);
  if (left === null || right === null) {
    throw commandError(14, `$divide only supports numeric types, not ${typeName(a!.type)} and ${typeName(b!.type)}`);
  }
  if (asDouble(right) === 0) throw commandError(2, "can't $divide by zero");
  if (left.type === "decimal" || right.type === "decimal") {
    return rawOfNumeric({ type: "decimal", value: divideDecimals(asDecimal(left), asDecimal(right)) });
  }
  return rawDouble(asDouble(left) / asDouble(right));
}

function mod([a, b]: Raw[]): Raw {
  if (isAbsent(a!) || isAbsent(b!)) return NULL;
  const left = numericOf(a!);
  const right = numericOf(b!);
  if (left === null || right === null) {
    throw commandError(16611, `$mod only supports numeric types, not ${typeName(a!.type)} and ${typeName(b!.type)}`);
  }
  if (asDouble(right) === 0) throw commandError(16610, "can't $mod by zero");
  if (left.type === "decimal" || right.type === "decimal") {
    return rawOfNumeric({ type: "decimal", value: remainderDecimals(asDecimal(left), asDecimal(right)) });
  }
  if (left.type === "double" || right.type === "double") return rawDouble(asDouble(left) % asDouble(right));
  return rawOfNumeric(integerOf(left.value % right.value, left.type === "int64" || right.type === "int64")!);
}

/** Rounds to `places` decimal digits (negative: before the point), keeping the type. */
export function roundNumeric(value: Numeric, places: number, rounding: Rounding): Numeric {
  if (value.type === "decimal") return { type: "decimal", value: roundDecimal(value.value, places, rounding) };
  if (value.type === "double") return { type: "double", value: roundDouble(value.value, places, rounding) };
  if (places >= 0) return value;
  const rounded = roundDecimal(asDecimal(value), places, rounding);
  const digits = rounded.kind === "finite" ? rounded.digits * 10n ** BigInt(Math.max(0, rounded.exponent)) : 0n;
  const whole = value.value < 0n ? -digits : digits;
  return (
    integerOf(whole, value.type === "int64" || whole < INT32_MIN || whole > INT32_MAX) ?? {
      type: "double",
      value: Number(whole),
    }
  );
}

function roundDouble(value: number, places: number, rounding: Rounding): number {
  if (!Number.isFinite(value)) return value;
  if (places === 0) {
    if (rounding === "floor") return Math.floor(value);
    if (rounding === "ceil") return Math.ceil(value);
    if (rounding === "towardsZero") return Math.trunc(value);
    const floor = Math.floor(value);
    const rest = value - floor;
    if (rest !== 0.5) return Math.round(value);
    return floor % 2 === 0 ? floor : floor + 1;
  }
  const decimal = roundDecimal(asDecimal({ type: "double", value }), places, rounding);
  return asDouble({ type: "decimal", value: decimal });
}

function rounding(name: string, how: Rounding, code: number): Operator {
  const max = name === "$round" || name === "$trunc" ? 2 : 1;
  return operator(1, max, ([value, place]) => {
    if (isAbsent(value!) || (place !== undefined && isAbsent(place))) return NULL;
    const numeric = numericOf(value!);
    if (numeric === null) throw notNumeric(name, code, value!);
    const places = place === undefined ? 0n : exactInt64(place);
    if (places === null) throw commandError(51082, `precision argument to  ${name} must be a integral value`);
    if (places < -20n || places > 100n) {
      throw commandError(51083, `cannot apply ${name} with precision value ${places} value must be in [-20, 100]`);
    }
    return rawOfNumeric(roundNumeric(numeric, Number(places), how));
  });
}

/** A function of doubles. Decimals are refused: 34 digits of a logarithm are beyond this server. */
function real(f: (...values: number[]) => number, count = 1, check?: (...values: number[]) => string | null): Operator {
  return operator(count, count, (values, _context, name) => {
    if (values.some(isAbsent)) return NULL;
    const numbers = values.map((value) => {
      const numeric = numericOf(value);
      if (numeric === null) throw notNumeric(name, 28765, value);
      if (numeric.type === "decimal") throw commandError(238, `${name} of a decimal is not supported by this server`);
      return asDouble(numeric);
    });
    const problem = check?.(...numbers);
    if (problem) throw commandError(28766, problem);
    return rawDouble(f(...numbers));
  });
}

function pow([base, exponent]: Raw[]): Raw {
  if (isAbsent(base!) || isAbsent(exponent!)) return NULL;
  const a = numericOf(base!);
  const b = numericOf(exponent!);
  if (a === null || b === null) throw commandError(28762, "$pow's base and exponent must be numeric");
  if (a.type === "decimal" || b.type === "decimal")
    throw commandError(238, "$pow of a decimal is not supported by this server");
  if (asDouble(a) === 0 && asDouble(b) < 0)
    throw commandError(28764, "$pow cannot take a base of 0 and a negative exponent");
  if (a.type === "double" || b.type === "double" || b.value < 0n) return rawDouble(asDouble(a) ** asDouble(b));
  const small = b.value <= 64n || (a.value >= -1n && a.value <= 1n);
  const power = small
    ? integerOf(a.value ** (b.value > 64n ? b.value % 2n || 2n : b.value), a.type === "int64" || b.type === "int64")
    : null;
  return power === null ? rawDouble(asDouble(a) ** asDouble(b)) : rawOfNumeric(power);
}

function bits(combine: (a: bigint, b: bigint) => bigint, start: bigint): Operator {
  return (argument, context, name) => {
    const parts = argumentsOf(argument).map((part) => context.compile(part));
    return (env) => {
      let result = start;
      let isLong = false;
      for (const part of parts) {
        const value = part(env);
        if (isAbsent(value)) return NULL;
        if (value.type !== BSON_TYPE.int32 && value.type !== BSON_TYPE.int64) {
          throw commandError(14, `${name} only supports int and long operands.`);
        }
        isLong ||= value.type === BSON_TYPE.int64;
        result = combine(result, exactInt64(value)!);
      }
      return rawOfNumeric(integerOf(result, isLong)!);
    };
  };
}

const DEGREE = Math.PI / 180;
const positive = (name: string) => (value: number) =>
  value <= 0 ? `${name}'s argument must be a positive number, but is ${value}` : null;
const unit = (name: string) => (value: number) =>
  value < -1 || value > 1 ? `cannot apply ${name} to ${value}, value must be in [-1,1]` : null;

export const arithmeticOperators: Readonly<Record<string, Operator>> = {
  $add: addOperator,
  $subtract: operator(2, 2, subtract),
  $multiply: multiplyOperator,
  $divide: operator(2, 2, divide),
  $mod: operator(2, 2, mod),
  $abs: operator(1, 1, ([value]) => {
    if (isAbsent(value!)) return NULL;
    const numeric = numericOf(value!);
    if (numeric === null) throw notNumeric("$abs", 28765, value!);
    if (numeric.type === "int64" && numeric.value === -(2n ** 63n))
      throw commandError(28680, "can't take $abs of long long min");
    if (numeric.type === "decimal") {
      return rawOfNumeric(numeric.value.kind !== "nan" && numeric.value.negative ? negate(numeric) : numeric);
    }
    return rawOfNumeric(asDouble(numeric) < 0 ? negate(numeric) : numeric);
  }),
  $ceil: rounding("$ceil", "ceil", 28765),
  $floor: rounding("$floor", "floor", 28765),
  $round: rounding("$round", "halfEven", 51081),
  $trunc: rounding("$trunc", "towardsZero", 51081),
  $pow: operator(2, 2, pow),
  $sqrt: real(Math.sqrt, 1, (value) => (value < 0 ? "$sqrt's argument must be greater than or equal to 0" : null)),
  $exp: real(Math.exp),
  $ln: real(Math.log, 1, positive("$ln")),
  $log10: real(Math.log10, 1, positive("$log10")),
  $log: real(
    (value, base) => Math.log(value) / Math.log(base!),
    2,
    (value, base) =>
      positive("$log")(value!) ??
      (base! <= 0 || base === 1 ? "$log's base must be a positive number not equal to 1" : null),
  ),
  $sin: real(Math.sin),
  $cos: real(Math.cos),
  $tan: real(Math.tan),
  $asin: real(Math.asin, 1, unit("$asin")),
  $acos: real(Math.acos, 1, unit("$acos")),
  $atan: real(Math.atan),
  $atan2: real((y, x) => Math.atan2(y!, x!), 2),
  $sinh: real(Math.sinh),
  $cosh: real(Math.cosh),
  $tanh: real(Math.tanh),
  $asinh: real(Math.asinh),
  $acosh: real(Math.acosh),
  $atanh: real(Math.atanh),
  $degreesToRadians: real((value) => value! * DEGREE),
  $radiansToDegrees: real((value) => value! / DEGREE),
  $bitAnd: bits((a, b) => a & b, -1n),
  $bitOr: bits((a, b) => a | b, 0n),
  $bitXor: bits((a, b) => a ^ b, 0n),
  $bitNot: operator(1, 1, ([value]) => {
    if (isAbsent(value!)) return NULL;
    if (value!.type !== BSON_TYPE.int32 && value!.type !== BSON_TYPE.int64)
      throw commandError(28765, "$bitNot only supports int and long operands.");
    return rawOfNumeric(integerOf(~exactInt64(value!)!, value!.type === BSON_TYPE.int64)!);
  }),
};
