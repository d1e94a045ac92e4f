"use client";

import { localExact, utcClock, utcExact, utcLong, utcShort } from "@/components/format/times";

const FORMATS = { short: utcShort, long: utcLong, clock: (at: Date) => `${utcClock(at)} UTC` } as const;

/** A time in UTC; hover adds the reader's zone. */
export function ExactTime({ at, format = "short" }: { at: Date; format?: keyof typeof FORMATS }) {
  return (
    <time
      dateTime={at.toISOString()}
      title={`${utcExact(at)}, ${localExact(at)}`}
      className="nw"
      suppressHydrationWarning
    >
      {FORMATS[format](at)}
    </time>
  );
}
