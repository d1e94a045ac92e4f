import { BSON_TYPE } from "@/server/engine/bson/document";
import { Decimal128, ObjectId } from "bson";
import { commandError } from "../../command-error";
import { parseDecimal } from "../decimal";
import {
  asDecimal,
  asDouble,
  INT32_MAX,
  INT32_MIN,
  numericOf,
  rawOfNumeric,
  truncatedInt64,
  type Numeric,
} from "../numbers";
import {
  fieldsOf,
  NULL,
  rawBool,
  rawDate,
  rawDouble,
  rawInt32,
  rawInt64,
  rawOf,
  rawString,
  toValue,
  type Raw,
} from "../raw";
import { isTruthy } from "../truth";
import { typeName, TYPE_NAMES } from "../type-names";
import { isAbsent } from "./arithmetic";
import { isoText, parseDateText } from "./date-text";
import { namedArguments, operator, type Expression, type Operator } from "./types";
import { exactInt64 } from "../numbers";

function failed(what: string): Error {
  return commandError(241, `${what} in $convert with no onError value`);
}

function unsupported(value: Raw, to: string): Error {
  return failed(`Unsupported conversion from ${typeName(value.type)} to ${to}`);
}

/** A double as the server prints it. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (Object.is(value, -0)) return "-0";
  return String(value);
}

/** The text of a scalar, for $toString, $concat of dates and the like. */
export function stringOf(value: Raw): string {
  switch (value.type) {
    case BSON_TYPE.string:
    case BSON_TYPE.symbol:
    case BSON_TYPE.code:
      return value.text();
    case BSON_TYPE.double:
      return doubleText(asDouble(numericOf(value)!));
    case BSON_TYPE.int32:
    case BSON_TYPE.int64:
    case BSON_TYPE.decimal128:
      return String(toValue(value));
    case BSON_TYPE.bool:
      return isTruthy(value) ? "true" : "false";
    case BSON_TYPE.objectId:
      return value.bytes().toString("hex");
    case BSON_TYPE.date:
      return isoText(value.buf.readBigInt64LE(value.start));
    default:
      throw commandError(16007, `can't convert from BSON type ${typeName(value.type)} to String`);
  }
}

function toInteger(value: Raw, min: bigint, max: bigint, make: (whole: bigint) => Raw, name: string): Raw {
  if (value.type === BSON_TYPE.bool) return make(isTruthy(value) ? 1n : 0n);
  if (value.type === BSON_TYPE.date && name === "long") return make(value.buf.readBigInt64LE(value.start));
  if (value.isString) {
    const text = value.text();
    if (!/^[+-]?\d+$/.test(text))
      throw failed(`Failed to parse number '${text}' in $convert with no onError value: Did not consume whole string.`);
    const whole = BigInt(text.replace(/^\+/, ""));
    if (whole < min || whole > max) throw failed(`Failed to parse number '${text}': Overflow`);
    return make(whole);
  }
  if (!value.isNumber) throw unsupported(value, name);
  const whole = truncatedInt64(value);
  if (whole === null || whole < min || whole > max) throw failed(`Conversion would overflow target type`);
  return make(whole);
}

function toDouble(value: Raw): Raw {
  const numeric = numericOf(value);
  if (numeric !== null) return rawDouble(asDouble(numeric));
  if (value.type === BSON_TYPE.bool) return rawDouble(isTruthy(value) ? 1 : 0);
  if (value.type === BSON_TYPE.date) return rawDouble(Number(value.buf.readBigInt64LE(value.start)));
  if (!value.isString) throw unsupported(value, "double");
  const decimal = /\s/.test(value.text()) ? null : parseDecimal(value.text());
  if (decimal === null) throw failed(`Failed to parse number '${value.text()}'`);
  return rawDouble(decimal.kind === "finite" ? Number(value.text()) : asDouble({ type: "decimal", value: decimal }));
}

function toDecimal(value: Raw): Raw {
  const numeric = numericOf(value);
  if (numeric !== null) return rawOfNumeric({ type: "decimal", value: asDecimal(numeric) });
  const whole = (n: bigint): Numeric => ({ type: "decimal", value: asDecimal({ type: "int64", value: n }) });
  if (value.type === BSON_TYPE.bool) return rawOfNumeric(whole(isTruthy(value) ? 1n : 0n));
  if (value.type === BSON_TYPE.date) return rawOfNumeric(whole(value.buf.readBigInt64LE(value.start)));
  if (!value.isString) throw unsupported(value, "decimal");
  try {
    return rawOf(Decimal128.fromString(value.text()));
  } catch {
    throw failed(`Failed to parse number '${value.text()}'`);
  }
}

function toDate(value: Raw): Raw {
  switch (value.type) {
    case BSON_TYPE.date:
      return value;
    case BSON_TYPE.objectId:
      return rawDate(BigInt(value.buf.readUInt32BE(value.start)) * 1000n);
    case BSON_TYPE.timestamp:
      return rawDate(BigInt(value.buf.readUInt32LE(value.start + 4)) * 1000n);
    case BSON_TYPE.string:
      return rawDate(parseDateText(value.text()));
    case BSON_TYPE.int64:
    case BSON_TYPE.double:
    case BSON_TYPE.decimal128: {
      const ms = truncatedInt64(value);
      if (ms === null) throw failed("Conversion would overflow target type");
      return rawDate(ms);
    }
    default:
      throw unsupported(value, "date");
  }
}

function toObjectId(value: Raw): Raw {
  if (value.type === BSON_TYPE.objectId) return value;
  if (!value.isString) throw unsupported(value, "objectId");
  if (!/^[0-9a-fA-F]{24}$/.test(value.text())) throw failed(`Failed to parse objectId '${value.text()}'`);
  return rawOf(new ObjectId(value.text()));
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

function convertTo(type: number, value: Raw): Raw {
  if (value.type === type) return value;
  switch (type) {
    case BSON_TYPE.int32:
      return toInteger(value, INT32_MIN, INT32_MAX, (whole) => rawInt32(Number(whole)), "int");
    case BSON_TYPE.int64:
      return toInteger(value, INT64_MIN, INT64_MAX, rawInt64, "long");
    case BSON_TYPE.double:
      return toDouble(value);
    case BSON_TYPE.decimal128:
      return toDecimal(value);
    case BSON_TYPE.bool:
      return rawBool(isTruthy(value));
    case BSON_TYPE.date:
      return toDate(value);
    case BSON_TYPE.objectId:
      return toObjectId(value);
    case BSON_TYPE.string:
      if (value.isObject || value.isArray || value.type === BSON_TYPE.binData) throw unsupported(value, "string");
      return rawString(stringOf(value));
    default:
      throw unsupported(value, typeName(type));
  }
}

function simple(type: number): Operator {
  return operator(1, 1, ([value]) => (isAbsent(value!) ? NULL : convertTo(type, value!)));
}

function targetOf(value: Raw): number {
  if (value.isObject) {
    const type = fieldsOf(value).find((field) => field.name === "type")?.value;
    if (type) return targetOf(type);
  }
  const type = value.isString ? TYPE_NAMES[value.text()] : Number(exactInt64(value) ?? 0n);
  if (type === undefined || !Object.values(TYPE_NAMES).includes(type))
    throw commandError(2, "$convert's 'to' argument is no known type");
  return type;
}

const convert: Operator = (argument, context) => {
  const named = namedArguments(
    "$convert",
    argument,
    argument.isObject ? fieldsOf(argument) : [],
    ["input", "to"],
    ["onError", "onNull"],
  );
  const compiled = new Map([...named].map(([name, value]) => [name, context.compile(value)] as [string, Expression]));
  return (env) => {
    const input = compiled.get("input")!(env);
    if (isAbsent(input)) return compiled.get("onNull")?.(env) ?? NULL;
    const to = compiled.get("to")!(env);
    if (isAbsent(to)) return NULL;
    const type = targetOf(to);
    try {
      return convertTo(type, input);
    } catch (error) {
      const onError = compiled.get("onError");
      if (onError && (error as { code?: unknown }).code === 241) return onError(env);
      throw error;
    }
  };
};

/** Conversions and questions about types. */
export const conversionOperators: Readonly<Record<string, Operator>> = {
  $convert: convert,
  $toInt: simple(BSON_TYPE.int32),
  $toLong: simple(BSON_TYPE.int64),
  $toDouble: simple(BSON_TYPE.double),
  $toDecimal: simple(BSON_TYPE.decimal128),
  $toBool: simple(BSON_TYPE.bool),
  $toDate: simple(BSON_TYPE.date),
  $toObjectId: simple(BSON_TYPE.objectId),
  $toString: simple(BSON_TYPE.string),
  $type: operator(1, 1, ([value]) => rawString(typeName(value!.type))),
  $isNumber: operator(1, 1, ([value]) => rawBool(value!.isNumber)),
};
