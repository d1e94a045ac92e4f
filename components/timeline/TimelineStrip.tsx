"use client";

import type { KeyboardEvent, MouseEvent } from "react";
import { utcClock, utcLong } from "@/components/format/times";
import { placeOf, ticksOf } from "./scale";
import { StripMark } from "./StripMark";
import { StripAxis } from "./StripAxis";
import { markState, nearestMark, PICTURE, timeOf, type TimelineEvent } from "./timeline-types";
import { eventLabels, type EventLabel } from "./event-labels";
import { SNAPSHOT_KINDS } from "./snapshot-kind";
import type { TimelineState } from "./use-timeline";

const MARK_Y = 66;

/** The axis: events above, a mark for each snapshot, UTC and local time below. A slider over the snapshots. */
export function TimelineStrip({ state, events }: { state: TimelineState; events: readonly TimelineEvent[] }) {
  const { marks, chosen, window } = state;
  const { left, right, width } = PICTURE;
  const place = (at: number) => placeOf(at, window, left, right);
  const inside = (at: number) => at >= window.from && at <= window.to;
  const chosenX = chosen && inside(timeOf(chosen)) ? place(timeOf(chosen)) : null;

  function onKey(event: KeyboardEvent) {
    const action = {
      ArrowLeft: () => state.step(-1),
      ArrowDown: () => state.step(-1),
      ArrowRight: () => state.step(1),
      ArrowUp: () => state.step(1),
      Home: () => state.step(-marks.length),
      End: () => state.step(marks.length),
      PageUp: () => state.pan(-1),
      PageDown: () => state.pan(1),
      "+": () => state.zoomBy(-1),
      "-": () => state.zoomBy(1),
    }[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  function onClick(event: MouseEvent<SVGSVGElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const at = window.from + ((x - left) / (right - left)) * (window.to - window.from);
    state.choose(
      nearestMark(
        marks.filter((mark) => inside(timeOf(mark))),
        at,
      ),
    );
  }

  return (
    <svg
      className="tl strip-main"
      viewBox={`0 0 ${width} 146`}
      role="slider"
      tabIndex={0}
      aria-label="Snapshot to restore"
      aria-valuemin={marks.length === 0 ? 0 : 1}
      aria-valuemax={marks.length}
      aria-valuenow={chosen ? marks.indexOf(chosen) + 1 : 0}
      aria-valuetext={
        chosen
          ? `${SNAPSHOT_KINDS[chosen.kind]} snapshot of ${utcLong(chosen.at)}, ${markState(chosen)}`
          : "No snapshot"
      }
      onKeyDown={onKey}
      onClick={onClick}
    >
      <text x="16" y="21">
        Events
      </text>
      <text x="16" y={MARK_Y + 4}>
        Snapshots
      </text>
      <path className="lane" d="M16 37.5H1122" />
      {eventLabels(
        events
          .filter((event) => inside(event.at.getTime()))
          .map((event) => ({ label: event.label, x: place(event.at.getTime()) })),
        PICTURE.right,
      ).map((one) => (
        <EventMark key={`${one.x} ${one.label}`} event={one} />
      ))}
      <StripAxis ticks={ticksOf(window)} place={place} />
      {marks
        .filter((mark) => inside(timeOf(mark)))
        .map((mark) => (
          <StripMark key={mark.snapshotId} mark={mark} x={place(timeOf(mark))} y={MARK_Y} r={4.5} />
        ))}
      {chosen && chosenX !== null ? <Flag x={chosenX} words={utcClock(chosen.at)} /> : null}
    </svg>
  );
}

function EventMark({ event: { x, label, side } }: { event: EventLabel }) {
  return (
    <g>
      <title>{label}</title>
      <path className="gap-l" d={`M${x} 26V96`} />
      <circle className="event-dot" cx={x} cy="17" r="3" />
      {side ? (
        <text className="e" x={side === "left" ? x - 8 : x + 8} y="21" textAnchor={side === "left" ? "end" : "start"}>
          {label}
        </text>
      ) : null}
    </g>
  );
}

function Flag({ x, words }: { x: number; words: string }) {
  const middle = Math.min(Math.max(x, 120), PICTURE.width - 52);
  return (
    <g>
      <path className="at" d={`M${x} 38V100`} />
      <path className="flag" d={`M${x - 5} 38h10l-5 6Z`} />
      <rect className="flag" x={middle - 34} y="100" width="68" height="18" rx="3" />
      <text className="flag-t" x={middle} y="113" textAnchor="middle">
        {words}
      </text>
    </g>
  );
}
