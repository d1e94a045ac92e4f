import { BSON_TYPE } from "@/server/engine/bson/document";
import {
  decimalOfDouble,
  decimalOfInteger,
  decimalToInteger,
  decimalToNumber,
  readDecimal,
  type Decimal,
} from "./decimal";
import type { Raw } from "./raw";
import { rawDecimal, rawDouble, rawInt32, rawInt64 } from "./raw";
import { writeDecimal } from "./decimal";

/** A BSON number, its type kept: results take the widest type of their operands. */
export type Numeric =
  | { readonly type: "int32"; readonly value: bigint }
  | { readonly type: "int64"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number }
  | { readonly type: "decimal"; readonly value: Decimal };

export const INT32_MIN = -(2n ** 31n);
export const INT32_MAX = 2n ** 31n - 1n;
export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

/** Decodes a number; null for any other type. */
export function numericOf(value: Raw): Numeric | null {
  switch (value.type) {
    case BSON_TYPE.int32:
      return { type: "int32", value: BigInt(value.buf.readInt32LE(value.start)) };
    case BSON_TYPE.int64:
      return { type: "int64", value: value.buf.readBigInt64LE(value.start) };
    case BSON_TYPE.double:
      return { type: "double", value: value.buf.readDoubleLE(value.start) };
    case BSON_TYPE.decimal128:
      return { type: "decimal", value: readDecimal(value.buf, value.start) };
    default:
      return null;
  }
}

/** Encodes a number in its own type. */
export function rawOfNumeric(numeric: Numeric): Raw {
  switch (numeric.type) {
    case "int32":
      return rawInt32(Number(numeric.value));
    case "int64":
      return rawInt64(numeric.value);
    case "double":
      return rawDouble(numeric.value);
    case "decimal":
      return rawDecimal(writeDecimal(numeric.value));
  }
}

/** The nearest double; NaN when the value is no number. */
export function toNumber(value: Raw): number {
  switch (value.type) {
    case BSON_TYPE.int32:
      return value.buf.readInt32LE(value.start);
    case BSON_TYPE.int64:
      return Number(value.buf.readBigInt64LE(value.start));
    case BSON_TYPE.double:
      return value.buf.readDoubleLE(value.start);
    case BSON_TYPE.decimal128:
      return decimalToNumber(readDecimal(value.buf, value.start));
    default:
      return NaN;
  }
}

export function asDecimal(numeric: Numeric): Decimal {
  if (numeric.type === "decimal") return numeric.value;
  return numeric.type === "double" ? decimalOfDouble(numeric.value) : decimalOfInteger(numeric.value);
}

export function asDouble(numeric: Numeric): number {
  return numeric.type === "decimal" ? decimalToNumber(numeric.value) : Number(numeric.value);
}

/** The integer part as a signed 64-bit value, cut towards zero; null for NaN, infinity and what does not fit. */
export function truncatedInt64(value: Raw): bigint | null {
  const numeric = numericOf(value);
  if (numeric === null) return null;
  let whole: bigint | null;
  if (numeric.type === "double") whole = Number.isFinite(numeric.value) ? BigInt(Math.trunc(numeric.value)) : null;
  else whole = numeric.type === "decimal" ? decimalToInteger(numeric.value) : numeric.value;
  return whole === null || whole < INT64_MIN || whole > INT64_MAX ? null : whole;
}

/** The value as an integer when it is exactly one (any numeric type) and fits 64 bits; null otherwise. */
export function exactInt64(value: Raw): bigint | null {
  const whole = truncatedInt64(value);
  if (whole === null) return null;
  if (value.type === BSON_TYPE.double && !Number.isInteger(toNumber(value))) return null;
  if (value.type === BSON_TYPE.decimal128) {
    const decimal = readDecimal(value.buf, value.start);
    if (decimal.kind !== "finite") return null;
    if (decimal.exponent < 0 && decimal.digits % 10n ** BigInt(Math.min(-decimal.exponent, 40)) !== 0n) return null;
  }
  return whole;
}

/** The smallest integer type that holds the value: int32, else int64. */
export function rawInteger(value: bigint): Raw {
  return value >= INT32_MIN && value <= INT32_MAX ? rawInt32(Number(value)) : rawInt64(value);
}
