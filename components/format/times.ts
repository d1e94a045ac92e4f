const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const pad = (value: number) => String(value).padStart(2, "0");

/** "1 h 48 min", "6 min 42 s", "9.1 s": two units at most, digits in fixed places. */
export function formatDuration(ms: number): string {
  const left = Math.max(0, ms);
  if (left < 10 * SECOND) return `${(left / SECOND).toFixed(1)} s`;
  if (left < MINUTE) return `${Math.round(left / SECOND)} s`;
  if (left < HOUR) return `${Math.floor(left / MINUTE)} min ${pad(Math.floor((left % MINUTE) / SECOND))} s`;
  if (left < DAY) return `${Math.floor(left / HOUR)} h ${pad(Math.floor((left % HOUR) / MINUTE))} min`;
  return `${Math.floor(left / DAY)} d ${Math.floor((left % DAY) / HOUR)} h`;
}

/** A rough duration for what is still to come: "40 s", "6 min", "2 h". */
export function formatAbout(ms: number): string {
  if (ms < MINUTE) return `${Math.max(1, Math.round(ms / SECOND))} s`;
  if (ms < 2 * HOUR) return `${Math.round(ms / MINUTE)} min`;
  return `${Math.round(ms / HOUR)} h`;
}

function distance(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 8 * HOUR) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return minutes === 0 ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / HOUR)} h ${minutes} min`;
  }
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  if (ms < 60 * DAY) return `${Math.floor(ms / DAY)} days`;
  if (ms < 730 * DAY) return `${Math.floor(ms / (30 * DAY))} months`;
  return `${Math.floor(ms / (365 * DAY))} years`;
}

/** "1 h 48 min ago", "in 6 days", "now". */
export function formatRelative(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  if (Math.abs(ms) < SECOND) return "now";
  // What is to come is rounded, so that seven days from now are not "in 6 days" a second later.
  return ms > 0 ? `${distance(ms)} ago` : `in ${distance(-ms + (-ms >= 2 * DAY ? DAY / 2 : 0))}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

const month = (at: Date) => MONTHS[at.getUTCMonth()] ?? "";

/** "17:48:09" in UTC */
export function utcClock(at: Date): string {
  return at.toISOString().slice(11, 19);
}

/** "17 Sep 16:00" in UTC */
export function utcShort(at: Date): string {
  return `${at.getUTCDate()} ${month(at)} ${at.toISOString().slice(11, 16)}`;
}

/** "17 Sep" in UTC */
export function utcDay(at: Date): string {
  return `${at.getUTCDate()} ${month(at)}`;
}

/** "Thu 17 Sep" in UTC */
export function utcWeekday(at: Date): string {
  return `${WEEKDAYS[at.getUTCDay()]} ${utcDay(at)}`;
}

/** "17 Sep 2026, 14:06:40 UTC" */
export function utcLong(at: Date): string {
  return `${at.getUTCDate()} ${month(at)} ${at.getUTCFullYear()}, ${utcClock(at)} UTC`;
}

/** "2026-09-17 16:00:00 UTC" */
export function utcExact(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "16:06:40" in the reader's zone (the server's while a page is rendered there). */
export function localClock(at: Date): string {
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** "2026-09-17 18:00:00 local" */
export function localExact(at: Date): string {
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${localClock(at)} local`;
}

/** "UTC+2", "UTC-3:30": the reader's offset at that time. */
export function localOffset(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? "-" : "+"}${Math.floor(Math.abs(minutes) / 60)}${rest === 0 ? "" : `:${pad(rest)}`}`;
}
