"use client";

import { useSyncExternalStore } from "react";
import { localClock, localOffset } from "@/components/format/times";
import type { Tick } from "./scale";

const never = () => () => {};

interface StripAxisProps {
  ticks: readonly Tick[];
  place: (at: number) => number;
}

/** Round times under the axis, in UTC and, once the browser knows it, in the reader's zone. */
export function StripAxis({ ticks, place }: StripAxisProps) {
  const known = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  const first = ticks[0];
  return (
    <>
      <path className="base-l" d="M88 96.5H1122" />
      <text x="16" y="113">
        UTC
      </text>
      <text x="16" y="133">
        {known && first ? `Local ${localOffset(new Date(first.at)).slice(3)}` : "Local"}
      </text>
      {ticks.map((tick) => (
        <g key={tick.at}>
          <path className="tick" d={`M${place(tick.at)} 96v6`} />
          <text className={tick.day ? "d" : undefined} x={place(tick.at)} y="113" textAnchor="middle">
            {tick.label}
          </text>
          <text x={place(tick.at)} y="133" textAnchor="middle">
            {known ? localClock(new Date(tick.at)).slice(0, 5) : ""}
          </text>
        </g>
      ))}
    </>
  );
}
