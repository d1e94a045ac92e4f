import { utcDay, utcWeekday } from "@/components/format/times";

/** A stretch of time that a picture shows, in milliseconds since 1970. */
export interface TimeWindow {
  from: number;
  to: number;
}

export interface Tick {
  at: number;
  /** Empty for a small tick between two words. */
  label: string;
  /** The first of a day: set apart from the hours. */
  day: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const ZOOMS = [
  { value: "1h", label: "1 h", ms: HOUR },
  { value: "6h", label: "6 h", ms: 6 * HOUR },
  { value: "24h", label: "24 h", ms: DAY },
  { value: "7d", label: "7 d", ms: 7 * DAY },
  { value: "all", label: "All", ms: null },
] as const;

export type Zoom = (typeof ZOOMS)[number]["value"];

export function isZoom(value: string | null | undefined): value is Zoom {
  return ZOOMS.some((zoom) => zoom.value === value);
}

/** From a time to a place between `left` and `right`. */
export function placeOf(at: number, { from, to }: TimeWindow, left: number, right: number): number {
  const share = to === from ? 1 : (at - from) / (to - from);
  return Math.round((left + share * (right - left)) * 10) / 10;
}

/**
 * The window of a zoom that ends at `end`; "all" begins a little before the oldest mark, and no zoom is narrower
 * than an hour.
 */
export function windowOf(zoom: Zoom, end: number, oldest: number): TimeWindow {
  const ms = ZOOMS.find((one) => one.value === zoom)?.ms ?? null;
  if (ms !== null) return { from: end - ms, to: end };
  const span = Math.max(HOUR, end - oldest);
  return { from: end - span * 1.04, to: end };
}

const STEPS = [
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  30 * DAY,
  90 * DAY,
  365 * DAY,
];

/** Round times in the window, at most `most` of them with words. */
export function ticksOf({ from, to }: TimeWindow, most = 13): Tick[] {
  const step = STEPS.find((one) => (to - from) / one <= most) ?? 365 * DAY;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const day = at % DAY === 0;
    ticks.push({ at, day, label: labelOf(new Date(at), day, step) });
  }
  return ticks;
}

function labelOf(at: Date, day: boolean, step: number): string {
  if (step >= DAY) return utcDay(at);
  return day ? utcWeekday(at) : at.toISOString().slice(11, 16);
}

/** The index of the mark that a step of `by` leads to, inside the list. */
export function stepIndex(current: number, by: number, length: number): number {
  return Math.min(length - 1, Math.max(0, current + by));
}
