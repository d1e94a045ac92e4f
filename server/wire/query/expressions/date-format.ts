import { commandError } from "../../command-error";
import { dayOfWeek, dayOfYear, isoWeek, weekOfYear } from "./calendar";
import { fromLocal, utcMs, utcParts } from "./date-text";

const MONTH_NAMES = "January February March April May June July August September October November December".split(" ");

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

function offsetText(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  return `${offsetMs < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60), 2)}${pad(minutes % 60, 2)}`;
}

/** Formats a moment with the server's % specifiers. Throws 18536 for an unknown one. */
export function formatDate(format: string, ms: number, offsetMs: number): string {
  const local = ms + offsetMs;
  const parts = utcParts(local);
  const week = isoWeek(local);
  const specifiers: Record<string, () => string> = {
    Y: () => pad(parts.year, 4),
    m: () => pad(parts.month, 2),
    d: () => pad(parts.day, 2),
    H: () => pad(parts.hour, 2),
    M: () => pad(parts.minute, 2),
    S: () => pad(parts.second, 2),
    L: () => pad(parts.millisecond, 3),
    j: () => pad(dayOfYear(local), 3),
    w: () => String(dayOfWeek(local)),
    u: () => String(week.day),
    U: () => pad(weekOfYear(local), 2),
    V: () => pad(week.week, 2),
    G: () => pad(week.year, 4),
    b: () => MONTH_NAMES[parts.month - 1]!.slice(0, 3),
    B: () => MONTH_NAMES[parts.month - 1]!,
    z: () => offsetText(offsetMs),
    Z: () => String(Math.round(offsetMs / 60_000)),
    "%": () => "%",
  };
  return format.replace(/%(.?)/gs, (_all, name: string) => {
    const specifier = specifiers[name];
    if (!specifier) throw commandError(18536, `Invalid format character '%${name}' in format string`);
    return specifier();
  });
}

const READERS: Record<string, string> = {
  Y: "(?<Y>\\d{4})",
  m: "(?<m>\\d{1,2})",
  d: "(?<d>\\d{1,2})",
  H: "(?<H>\\d{1,2})",
  M: "(?<M>\\d{1,2})",
  S: "(?<S>\\d{1,2})",
  L: "(?<L>\\d{1,3})",
  j: "(?<j>\\d{1,3})",
  b: "(?<b>[A-Za-z]{3})",
  B: "(?<B>[A-Za-z]+)",
  z: "(?<z>Z|[+-]\\d{2}:?\\d{2})",
  "%": "%",
};

/** Reads text by a format. Throws 241 where it does not fit, 18536 for a specifier that reads nothing. */
export function parseFormatted(format: string, text: string, zone: string): number {
  let pattern = "";
  for (const [, literal, name] of format.matchAll(/([^%]+)|%(.)/gs)) {
    const reader = name === undefined ? literal!.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&") : READERS[name];
    if (reader === undefined) throw commandError(18536, `Invalid format character '%${name}' in format string`);
    pattern += reader;
  }
  const groups = new RegExp(`^${pattern}$`, "u").exec(text)?.groups;
  if (!groups) throw commandError(241, `Error parsing date string '${text}': does not match format '${format}'`);
  const number = (name: string, fallback: number): number =>
    groups[name] === undefined ? fallback : Number(groups[name]);
  const written = groups.B ?? groups.b;
  const month = written === undefined ? number("m", 1) : monthOf(written, text);
  const parts = {
    year: number("Y", 1970),
    month: groups.j === undefined ? month : 1,
    day: groups.j === undefined ? number("d", 1) : number("j", 1),
    hour: number("H", 0),
    minute: number("M", 0),
    second: number("S", 0),
    millisecond: number("L", 0),
  };
  const local = utcMs(parts);
  if (groups.j === undefined && utcParts(local).day !== parts.day)
    throw commandError(241, `Error parsing date string '${text}': out of range`);
  return fromLocal(local, groups.z ?? zone);
}

function monthOf(name: string, text: string): number {
  const at = MONTH_NAMES.findIndex(
    (month) => month.toLowerCase() === name.toLowerCase() || month.slice(0, 3).toLowerCase() === name.toLowerCase(),
  );
  if (at < 0) throw commandError(241, `Error parsing date string '${text}'`);
  return at + 1;
}
