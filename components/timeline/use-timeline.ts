"use client";

import { useSearchParams } from "next/navigation";
import { useMemo, useState } from "react";
import type { TimelineView } from "@/server/domain/snapshots/schema";
import { isZoom, stepIndex, windowOf, ZOOMS, type TimeWindow, type Zoom } from "./scale";
import { timeOf, type TimelineMark } from "./timeline-types";

/** Changes parameters of the address without asking the server again. */
function replaceParams(change: Record<string, string | null>): void {
  const url = new URL(window.location.href);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  window.history.replaceState(null, "", url);
}

export interface TimelineState {
  zoom: Zoom;
  window: TimeWindow;
  chosen: TimelineMark | null;
  /** Oldest first. */
  marks: readonly TimelineMark[];
  choose: (mark: TimelineMark | null) => void;
  /** To the next (1) or previous (-1) mark; far away means the edge. */
  step: (by: number) => void;
  zoomTo: (zoom: Zoom) => void;
  zoomBy: (by: number) => void;
  /** Moves the window by its own width, or so that it ends at `end`. */
  pan: (by: number) => void;
  endAt: (end: number) => void;
}

/** The state of the timeline: zoom and chosen snapshot are in the address, the window follows the choice. */
export function useTimeline(view: TimelineView): TimelineState {
  const params = useSearchParams();
  const now = view.now.getTime();
  const marks = useMemo(() => view.marks.toSorted((a, b) => timeOf(a) - timeOf(b)), [view.marks]);
  const oldest = marks[0] ? timeOf(marks[0]) : now;
  const asked = params.get("zoom");
  const zoom = isZoom(asked) ? asked : fittingZoom(now - oldest);
  const chosen = marks.find((mark) => mark.snapshotId === params.get("mark")) ?? newestCompleted(marks);
  const [end, setEnd] = useState<number | null>(null);
  const window = windowOf(zoom, end === null || zoom === "all" ? endFor(zoom, chosen, now) : end, oldest);

  function endAt(next: number) {
    setEnd(Math.min(now, Math.max(oldest, next)));
  }

  function choose(mark: TimelineMark | null) {
    if (!mark) return;
    const at = timeOf(mark);
    if (at < window.from || at > window.to) endAt(at + (window.to - window.from) / 2);
    replaceParams({ mark: mark.snapshotId });
  }

  function zoomTo(next: Zoom) {
    setEnd(null);
    replaceParams({ zoom: next });
  }

  return {
    zoom,
    window,
    chosen,
    marks,
    choose,
    step: (by) => choose(marks[stepIndex(chosen ? marks.indexOf(chosen) : marks.length, by, marks.length)] ?? null),
    zoomTo,
    zoomBy: (by) => {
      const index = stepIndex(
        ZOOMS.findIndex((one) => one.value === zoom),
        by,
        ZOOMS.length,
      );
      zoomTo(ZOOMS[index]?.value ?? zoom);
    },
    pan: (by) => endAt(window.to + by * (window.to - window.from)),
    endAt,
  };
}

/** The window ends now where that shows the chosen mark, else around the mark. */
function endFor(zoom: Zoom, chosen: TimelineMark | null, now: number): number {
  const ms = ZOOMS.find((one) => one.value === zoom)?.ms ?? null;
  if (!chosen || ms === null || timeOf(chosen) >= now - ms) return now;
  return Math.min(now, timeOf(chosen) + ms / 2);
}

function newestCompleted(marks: readonly TimelineMark[]): TimelineMark | null {
  return marks.findLast((mark) => mark.status === "COMPLETED") ?? marks.at(-1) ?? null;
}

/** The narrowest zoom that shows all there is, at most a week. */
function fittingZoom(spanMs: number): Zoom {
  const fitting = ZOOMS.find((one) => one.ms !== null && one.ms >= spanMs);
  return fitting?.value ?? "7d";
}
