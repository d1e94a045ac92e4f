"use client";

import { useSyncExternalStore } from "react";
import { localClock, localOffset } from "@/components/format/times";

const never = () => () => {};

/** The same moment in the reader's own zone: "16:06:40 local (UTC+2)". Empty until the browser knows. */
export function LocalTime({ at }: { at: Date }) {
  const words = useSyncExternalStore(
    never,
    () => `${localClock(at)} local (${localOffset(at)})`,
    () => "",
  );
  return <span className="nw">{words}</span>;
}
