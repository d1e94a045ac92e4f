import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import { exactInt64 } from "../numbers";
import { fieldOf, fieldsOf, MISSING, NULL, rawDate, rawInt32, rawInt64, rawObject, rawString, type Raw } from "../raw";
import { typeName } from "../type-names";
import { isTruthy } from "../truth";
import { isAbsent } from "./arithmetic";
import { addUnits, diffUnits, dayOfWeek, dayOfYear, isoWeek, truncate, unitOf, weekOfYear } from "./calendar";
import { formatDate, parseFormatted } from "./date-format";
import { fromLocal, parseDateText, toMs, utcMs, utcParts, zoneOffsetMs, type DateParts } from "./date-text";
import {
  namedArguments,
  operator,
  type CompileContext,
  type Environment,
  type Expression,
  type Operator,
} from "./types";

/** Milliseconds of a date, timestamp or ObjectId. */
function msOf(value: Raw): number {
  if (value.type === BSON_TYPE.date) return toMs(value.buf.readBigInt64LE(value.start));
  if (value.type === BSON_TYPE.timestamp) return value.buf.readUInt32LE(value.start + 4) * 1000;
  if (value.type === BSON_TYPE.objectId) return value.buf.readUInt32BE(value.start) * 1000;
  throw commandError(16006, `can't convert from BSON type ${typeName(value.type)} to Date`);
}

function zoneOf(value: Raw): string | null {
  if (isAbsent(value)) return null;
  if (!value.isString) throw commandError(40517, `timezone must evaluate to a string, found ${typeName(value.type)}`);
  return value.text();
}

const UTC: Expression = () => rawString("UTC");

/** $year and its kin: an expression, or {date, timezone}. */
function part(pick: (local: number, parts: DateParts) => number, make = rawInt32 as (value: number) => Raw): Operator {
  return (argument, context, name) => {
    const isFull = argument.isObject && fieldOf(argument, "date") !== null;
    const named = isFull ? namedArguments(name, argument, fieldsOf(argument), ["date"], ["timezone"]) : null;
    const only = argument.isArray ? fieldsOf(argument) : [];
    if (argument.isArray && only.length !== 1)
      throw commandError(40536, `${name} accepts exactly one argument if given an array, but was given ${only.length}`);
    const date = context.compile(named?.get("date") ?? only[0]?.value ?? argument);
    const zone = named?.has("timezone") ? context.compile(named.get("timezone")!) : UTC;
    return (env) => {
      const value = date(env);
      const where = zoneOf(zone(env));
      if (isAbsent(value) || where === null) return NULL;
      const ms = msOf(value);
      const local = ms + zoneOffsetMs(where, ms);
      return make(pick(local, utcParts(local)));
    };
  };
}

type Values = (name: string) => Raw;

/** An operator with named arguments that answers null when one of `needed` is absent. */
function named(
  required: readonly string[],
  optional: readonly string[],
  needed: readonly string[],
  evaluate: (values: Values, name: string) => Raw,
): Operator {
  return (argument, context: CompileContext, name) => {
    const parts = namedArguments(name, argument, argument.isObject ? fieldsOf(argument) : [], required, optional);
    const compiled = new Map([...parts].map(([key, value]) => [key, context.compile(value)]));
    return (env: Environment) => {
      const values = new Map([...compiled].map(([key, expression]) => [key, expression(env)]));
      if (needed.some((key) => values.has(key) && isAbsent(values.get(key)!))) return NULL;
      return evaluate((key) => values.get(key) ?? MISSING, name);
    };
  };
}

function zone(values: Values): string {
  return zoneOf(values("timezone")) ?? "UTC";
}

function textOf(value: Raw, fallback: string): string {
  if (value === MISSING) return fallback;
  if (!value.isString) throw commandError(14, `expected a string, found ${typeName(value.type)}`);
  return value.text();
}

function wholeOf(name: string, value: Raw, fallback: number): number {
  if (value === MISSING) return fallback;
  const whole = value.isNumber ? exactInt64(value) : null;
  if (whole === null) throw commandError(40515, `${name} requires integral parts, found ${typeName(value.type)}`);
  return Number(whole);
}

function inZone(ms: number, where: string, change: (local: number) => number): Raw {
  return rawDate(BigInt(fromLocal(change(ms + zoneOffsetMs(where, ms)), where)));
}

function shift(sign: 1 | -1): Operator {
  return named(
    ["startDate", "unit", "amount"],
    ["timezone"],
    ["startDate", "unit", "amount", "timezone"],
    (values, name) => {
      const ms = msOf(values("startDate"));
      const unit = unitOf(textOf(values("unit"), ""), name);
      const amount = wholeOf(name, values("amount"), 0) * sign;
      if (unit === "hour" || unit === "minute" || unit === "second" || unit === "millisecond") {
        return rawDate(BigInt(addUnits(ms, unit, amount)));
      }
      return inZone(ms, zone(values), (local) => addUnits(local, unit, amount));
    },
  );
}

const dateFromParts = named(
  [],
  [
    "year",
    "isoWeekYear",
    "month",
    "isoWeek",
    "day",
    "isoDayOfWeek",
    "hour",
    "minute",
    "second",
    "millisecond",
    "timezone",
  ],
  [
    "year",
    "isoWeekYear",
    "month",
    "isoWeek",
    "day",
    "isoDayOfWeek",
    "hour",
    "minute",
    "second",
    "millisecond",
    "timezone",
  ],
  (values, name) => {
    const get = (key: string, fallback: number): number => wholeOf(name, values(key), fallback);
    const time = {
      hour: get("hour", 0),
      minute: get("minute", 0),
      second: get("second", 0),
      millisecond: get("millisecond", 0),
    };
    if (values("isoWeekYear") !== MISSING) {
      const january4 = utcMs({ year: get("isoWeekYear", 0), month: 1, day: 4, ...time });
      const monday = january4 - ((dayOfWeek(january4) + 5) % 7) * 86_400_000;
      const days = (get("isoWeek", 1) - 1) * 7 + get("isoDayOfWeek", 1) - 1;
      return rawDate(BigInt(fromLocal(monday + days * 86_400_000, zone(values))));
    }
    if (values("year") === MISSING)
      throw commandError(40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present");
    return rawDate(
      BigInt(
        fromLocal(utcMs({ year: get("year", 0), month: get("month", 1), day: get("day", 1), ...time }), zone(values)),
      ),
    );
  },
);

const dateToParts = named(["date"], ["timezone", "iso8601"], ["date", "timezone", "iso8601"], (values) => {
  const ms = msOf(values("date"));
  const local = ms + zoneOffsetMs(zone(values), ms);
  const parts = utcParts(local);
  const time = [
    ["hour", parts.hour],
    ["minute", parts.minute],
    ["second", parts.second],
    ["millisecond", parts.millisecond],
  ] as const;
  const week = isoWeek(local);
  const date = isTruthy(values("iso8601"))
    ? ([
        ["isoWeekYear", week.year],
        ["isoWeek", week.week],
        ["isoDayOfWeek", week.day],
      ] as const)
    : ([
        ["year", parts.year],
        ["month", parts.month],
        ["day", parts.day],
      ] as const);
  return rawObject([...date, ...time].map(([name, value]) => ({ name, value: rawInt32(value) })));
});

const dateToString: Operator = (argument, context, name) => {
  const parts = namedArguments(
    name,
    argument,
    argument.isObject ? fieldsOf(argument) : [],
    ["date"],
    ["format", "timezone", "onNull"],
  );
  const compiled = (key: string, fallback: Expression): Expression =>
    parts.has(key) ? context.compile(parts.get(key)!) : fallback;
  const date = compiled("date", () => NULL);
  const format = compiled("format", () => MISSING);
  const where = compiled("timezone", UTC);
  const onNull = compiled("onNull", () => NULL);
  return (env) => {
    const value = date(env);
    if (isAbsent(value)) return onNull(env);
    const place = zoneOf(where(env));
    const pattern = format(env);
    if (place === null || (pattern !== MISSING && pattern.isNullish)) return NULL;
    const fallback = place === "UTC" ? "%Y-%m-%dT%H:%M:%S.%LZ" : "%Y-%m-%dT%H:%M:%S.%L%z";
    const ms = msOf(value);
    return rawString(formatDate(textOf(pattern, fallback), ms, zoneOffsetMs(place, ms)));
  };
};

const dateFromString: Operator = (argument, context, name) => {
  const optional = ["format", "timezone", "onNull", "onError"];
  const parts = namedArguments(name, argument, argument.isObject ? fieldsOf(argument) : [], ["dateString"], optional);
  const compiled = new Map([...parts].map(([key, value]) => [key, context.compile(value)]));
  return (env) => {
    const value = compiled.get("dateString")!(env);
    if (isAbsent(value)) return compiled.get("onNull")?.(env) ?? NULL;
    try {
      const place = zoneOf(compiled.get("timezone")?.(env) ?? rawString("UTC"));
      if (place === null) return NULL;
      if (!value.isString)
        throw commandError(
          241,
          `$dateFromString requires that 'dateString' be a string, found: ${typeName(value.type)}`,
        );
      const format = compiled.get("format")?.(env);
      if (format && !isAbsent(format)) return rawDate(BigInt(parseFormatted(textOf(format, ""), value.text(), place)));
      return rawDate(parseDateText(value.text(), place));
    } catch (error) {
      const onError = compiled.get("onError");
      if (onError && (error as { code?: unknown }).code === 241) return onError(env);
      throw error;
    }
  };
};

export const dateOperators: Readonly<Record<string, Operator>> = {
  $year: part((_local, parts) => parts.year),
  $month: part((_local, parts) => parts.month),
  $dayOfMonth: part((_local, parts) => parts.day),
  $hour: part((_local, parts) => parts.hour),
  $minute: part((_local, parts) => parts.minute),
  $second: part((_local, parts) => parts.second),
  $millisecond: part((_local, parts) => parts.millisecond),
  $dayOfWeek: part((local) => dayOfWeek(local)),
  $dayOfYear: part((local) => dayOfYear(local)),
  $week: part((local) => weekOfYear(local)),
  $isoWeek: part((local) => isoWeek(local).week),
  $isoWeekYear: part(
    (local) => isoWeek(local).year,
    (value) => rawInt64(BigInt(value)),
  ),
  $isoDayOfWeek: part((local) => isoWeek(local).day),
  $dateToString: dateToString,
  $dateFromString: dateFromString,
  $dateFromParts: dateFromParts,
  $dateToParts: dateToParts,
  $dateAdd: shift(1),
  $dateSubtract: shift(-1),
  $dateDiff: named(
    ["startDate", "endDate", "unit"],
    ["timezone", "startOfWeek"],
    ["startDate", "endDate", "unit", "timezone", "startOfWeek"],
    (values, name) => {
      const where = zone(values);
      const local = (value: Raw): number => msOf(value) + zoneOffsetMs(where, msOf(value));
      const unit = unitOf(textOf(values("unit"), ""), name);
      const week = textOf(values("startOfWeek"), "sunday");
      return rawInt64(BigInt(diffUnits(local(values("startDate")), local(values("endDate")), unit, week)));
    },
  ),
  $dateTrunc: named(
    ["date", "unit"],
    ["binSize", "timezone", "startOfWeek"],
    ["date", "unit", "binSize", "timezone", "startOfWeek"],
    (values, name) => {
      const unit = unitOf(textOf(values("unit"), ""), name);
      const size = wholeOf(name, values("binSize"), 1);
      if (size < 1) throw commandError(5439018, "$dateTrunc requires 'binSize' to be greater than 0");
      const week = textOf(values("startOfWeek"), "sunday");
      return inZone(msOf(values("date")), zone(values), (local) => truncate(local, unit, size, week));
    },
  ),
  $tsSecond: operator(1, 1, ([value]) => timestampPart("$tsSecond", value!, 4)),
  $tsIncrement: operator(1, 1, ([value]) => timestampPart("$tsIncrement", value!, 0)),
};

function timestampPart(name: string, value: Raw, offset: number): Raw {
  if (isAbsent(value)) return NULL;
  if (value.type !== BSON_TYPE.timestamp)
    throw commandError(5687301, `Argument to ${name} must be a timestamp, but is ${typeName(value.type)}`);
  return rawInt64(BigInt(value.buf.readUInt32LE(value.start + offset)));
}
