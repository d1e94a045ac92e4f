"use client";

import { formatRelative, localExact, utcExact } from "@/components/format/times";
import { useNow } from "./use-now";

/** "1 h 48 min ago"; hover shows the exact time in UTC and in the reader's zone. */
export function RelativeTime({ at }: { at: Date }) {
  const now = useNow(10_000);
  return (
    <time
      dateTime={at.toISOString()}
      title={`${utcExact(at)}, ${localExact(at)}`}
      className="nw"
      suppressHydrationWarning
    >
      {formatRelative(at, now)}
    </time>
  );
}
