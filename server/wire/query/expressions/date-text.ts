import { commandError } from "../../command-error";

/** A moment taken apart in some time zone. Months from 1, days from 1. */
export interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

const MS_MAX = 8.64e15;

/** Milliseconds that JavaScript dates can hold. Throws 18537-like BadValue for others: calendars end there. */
export function toMs(ms: bigint): number {
  const value = Number(ms);
  if (Math.abs(value) > MS_MAX) throw commandError(2, `the date ${ms} is outside the range of calendar operations`);
  return value;
}

/** "2026-01-02T03:04:05.678Z". */
export function isoText(ms: bigint): string {
  return new Date(toMs(ms)).toISOString().replace(/^\+0?/, "");
}

export function utcMs(parts: DateParts): number {
  const date = new Date(0);
  date.setUTCFullYear(parts.year, parts.month - 1, parts.day);
  date.setUTCHours(parts.hour, parts.minute, parts.second, parts.millisecond);
  return date.getTime();
}

export function utcParts(ms: number): DateParts {
  const date = new Date(ms);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  try {
    const made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      era: "short",
    });
    formats.set(zone, made);
    return made;
  } catch {
    throw commandError(40485, `unrecognized time zone identifier: "${zone}"`);
  }
}

/** Offset from UTC in milliseconds that a zone has at a moment: "UTC", "+02:00", "Europe/Berlin". Throws 40485. */
export function zoneOffsetMs(zone: string, ms: number): number {
  if (zone === "UTC" || zone === "GMT" || zone === "Z") return 0;
  const fixed = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (fixed) return (fixed[1] === "-" ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)) * 60_000;
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(ms)
      .map((part) => [part.type, part.value]),
  );
  const year = parts.era === "BC" ? 1 - Number(parts.year) : Number(parts.year);
  const local = utcMs({
    year,
    month: Number(parts.month),
    day: Number(parts.day),
    hour: Number(parts.hour),
    minute: Number(parts.minute),
    second: Number(parts.second),
    millisecond: 0,
  });
  return local - Math.floor(ms / 1000) * 1000;
}

/** The moment of a wall clock reading in a zone; in a gap or overlap, by the offset before it. */
export function fromLocal(localMs: number, zone: string): number {
  const guess = localMs - zoneOffsetMs(zone, localMs);
  const offset = zoneOffsetMs(zone, guess);
  return localMs - offset;
}

const ISO =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Reads ISO 8601 text. Throws 241 for anything else. */
export function parseDateText(text: string, zone = "UTC"): bigint {
  const match = ISO.exec(text.trim());
  if (!match) throw commandError(241, `Error parsing date string '${text}'`);
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "0", offset] = match;
  const parts: DateParts = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: Math.floor(Number(`0.${fraction}`) * 1000 + 1e-9),
  };
  const local = utcMs(parts);
  const back = utcParts(local);
  if (back.month !== parts.month || back.day !== parts.day || back.hour !== parts.hour) {
    throw commandError(241, `Error parsing date string '${text}': out of range`);
  }
  return BigInt(fromLocal(local, offset?.toUpperCase() ?? zone));
}
