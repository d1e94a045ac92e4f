import { commandError } from "../../command-error";
import { utcMs, utcParts } from "./date-text";

/** Calendar arithmetic on wall clock milliseconds (a local time written as if it were UTC). */
const DAY_MS = 86_400_000;
const FIXED_MS = {
  week: 7 * DAY_MS,
  day: DAY_MS,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
} as const;
const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

export type Unit = keyof typeof FIXED_MS | keyof typeof MONTHS;

export function unitOf(text: string, name: string): Unit {
  if (text in FIXED_MS || text in MONTHS) return text as Unit;
  throw commandError(9, `${name} parameter 'unit' value cannot be recognized as a time unit: ${text}`);
}

/** 1 (Sunday) to 7. */
export function dayOfWeek(local: number): number {
  return new Date(local).getUTCDay() + 1;
}

export function dayOfYear(local: number): number {
  const { year } = utcParts(local);
  return Math.floor((local - yearStart(year)) / DAY_MS) + 1;
}

function yearStart(year: number): number {
  return utcMs({ year, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 });
}

/** 0 to 53; weeks begin on Sundays, days before the first one are in week 0. */
export function weekOfYear(local: number): number {
  return Math.floor((dayOfYear(local) - 1 + 7 - (dayOfWeek(local) - 1)) / 7);
}

export function isoWeek(local: number): { year: number; week: number; day: number } {
  const day = ((dayOfWeek(local) + 5) % 7) + 1;
  const thursday = local + (4 - day) * DAY_MS;
  return { year: utcParts(thursday).year, week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1, day };
}

/** Adds units; a day that the month does not have becomes its last. */
export function addUnits(local: number, unit: Unit, amount: number): number {
  if (unit in FIXED_MS) return local + amount * FIXED_MS[unit as keyof typeof FIXED_MS];
  const parts = utcParts(local);
  const months = parts.year * 12 + parts.month - 1 + amount * MONTHS[unit as keyof typeof MONTHS];
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  const last = new Date(Date.UTC(2000 + (((year % 400) + 400) % 400), month, 0)).getUTCDate();
  return utcMs({ ...parts, year, month, day: Math.min(parts.day, last) });
}

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** The number of a unit since the epoch, counting the boundaries that were crossed. */
function ordinal(local: number, unit: Unit, startOfWeek: string): number {
  if (unit === "week") return Math.floor((Math.floor(local / DAY_MS) + 4 - weekdayOf(startOfWeek)) / 7);
  if (unit in FIXED_MS) return Math.floor(local / FIXED_MS[unit as keyof typeof FIXED_MS]);
  const { year, month } = utcParts(local);
  return Math.floor((year * 12 + month - 1) / MONTHS[unit as keyof typeof MONTHS]);
}

function weekdayOf(name: string): number {
  const lower = name.toLowerCase();
  const at = WEEKDAYS.findIndex((day) => day === lower || day.slice(0, 3) === lower);
  if (at < 0) throw commandError(9, `parameter 'startOfWeek' value cannot be recognized as a day of a week: ${name}`);
  return at;
}

/** Boundaries of the unit between two moments. */
export function diffUnits(from: number, to: number, unit: Unit, startOfWeek: string): number {
  return ordinal(to, unit, startOfWeek) - ordinal(from, unit, startOfWeek);
}

const REFERENCE = Date.UTC(2000, 0, 1);

/** The start of the bin of `size` units that holds the moment; bins are counted from 2000-01-01. */
export function truncate(local: number, unit: Unit, size: number, startOfWeek: string): number {
  const anchor = unit === "week" ? REFERENCE + ((weekdayOf(startOfWeek) - 6 + 7) % 7) * DAY_MS : REFERENCE;
  if (unit in FIXED_MS) {
    const width = FIXED_MS[unit as keyof typeof FIXED_MS] * size;
    return anchor + Math.floor((local - anchor) / width) * width;
  }
  const width = MONTHS[unit as keyof typeof MONTHS] * size;
  const parts = utcParts(local);
  const months = (parts.year - 2000) * 12 + parts.month - 1;
  return addUnits(REFERENCE, "month", Math.floor(months / width) * width);
}
