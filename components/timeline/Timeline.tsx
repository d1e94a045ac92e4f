"use client";

import { useEffect, useRef, useState } from "react";
import { utcShort } from "@/components/format/times";
import { Button } from "@/components/ui/Button";
import { IconButton } from "@/components/ui/IconButton";
import { Segmented } from "@/components/ui/Segmented";
import type { Allowed } from "@/server/domain/common/schema";
import type { TimelineView } from "@/server/domain/snapshots/schema";
import { placeOf, ZOOMS } from "./scale";
import { TimelineLegend } from "./TimelineLegend";
import { TimelineList } from "./TimelineList";
import { TimelineMoment } from "./TimelineMoment";
import { TimelineOverview } from "./TimelineOverview";
import { TimelineStrip } from "./TimelineStrip";
import { PICTURE, timeOf } from "./timeline-types";
import { useTimeline, type TimelineState } from "./use-timeline";

interface TimelineProps {
  view: TimelineView;
  projectId: string;
  clusterName: string;
  canRestore: Allowed;
}

/** Choose a snapshot by looking: a zoomable axis with a mark for each, a list as alternative, all by keyboard. */
export function Timeline({ view, projectId, clusterName, canRestore }: TimelineProps) {
  const state = useTimeline(view);
  const [asList, setAsList] = useState(false);
  const now = view.now.getTime();
  const toNow = state.window.to >= now;
  useSnapshotKeys(state.step);

  return (
    <section className="panel" aria-labelledby="timeline">
      <div className="panel-h">
        <h2 id="timeline">Timeline</h2>
        <span className="t3">
          {utcShort(new Date(state.window.from))} UTC to {toNow ? "now" : `${utcShort(new Date(state.window.to))} UTC`}
        </span>
        <div className="row push flex-wrap">
          <IconButton icon="chevron-left" label="Earlier" onClick={() => state.pan(-1)} />
          <IconButton icon="chevron-right" label="Later" onClick={() => state.pan(1)} />
          <Segmented label="Zoom" options={ZOOMS} value={state.zoom} onChange={state.zoomTo} />
          <Button kind="quiet" size="small" icon="list" aria-pressed={asList} onClick={() => setAsList(!asList)}>
            {asList ? "Show as axis" : "Show as list"}
          </Button>
        </div>
      </div>
      {asList ? (
        <TimelineList marks={state.marks} chosen={state.chosen} onChoose={state.choose} />
      ) : (
        <div className="tl-box" tabIndex={0} role="region" aria-label="Timeline, scrolls sideways">
          <div>
            <TimelineOverview state={state} now={now} />
            <TimelineStrip state={state} events={view.events} />
          </div>
        </div>
      )}
      {state.chosen ? (
        <TimelineMoment
          mark={state.chosen}
          projectId={projectId}
          clusterName={clusterName}
          canRestore={canRestore}
          notch={asList ? null : notchOf(state)}
          onStep={state.step}
        />
      ) : null}
      <TimelineLegend marks={state.marks} />
    </section>
  );
}

/** Where the chosen mark stands, in percent of the picture's width. */
function notchOf({ chosen, window }: TimelineState): number | null {
  if (!chosen || timeOf(chosen) < window.from || timeOf(chosen) > window.to) return null;
  return (placeOf(timeOf(chosen), window, PICTURE.left, PICTURE.right) / PICTURE.width) * 100;
}

/** S goes to the next snapshot, Shift S to the previous one, wherever the focus is; off while typing. */
function useSnapshotKeys(step: (by: number) => void): void {
  const latest = useRef(step);
  useEffect(() => {
    latest.current = step;
  });
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const typing =
        event.target instanceof HTMLElement && event.target.matches("input, textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== "s") return;
      if (document.querySelector("dialog[open]")) return;
      latest.current(event.shiftKey ? -1 : 1);
    }
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
