"use client";

import { localClock, localOffset, utcClock } from "@/components/format/times";
import { useNow } from "@/components/ui/use-now";

export function UtcClock() {
  const now = useNow(1000);
  return (
    <time className="clock" title={`${localClock(now)} local, ${localOffset(now)}`} suppressHydrationWarning>
      {utcClock(now)} UTC
    </time>
  );
}
