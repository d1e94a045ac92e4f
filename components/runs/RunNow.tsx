"use client";

import { useEffect, useRef, useState } from "react";
import { formatBytes, sizeParts } from "@/components/format/bytes";
import { formatCount, percentWords } from "@/components/format/numbers";
import { formatDuration, localClock, utcClock } from "@/components/format/times";
import { Facts } from "@/components/ui/Facts";
import { Meter } from "@/components/ui/Meter";
import type { RunView } from "@/server/domain/runs/schema";
import { runLeft, runTitle, stepTitle } from "./run-words";

const SPOKEN_EVERY_MS = 10_000;

/** How far the run is, how fast, how long still. Numbers move; nothing else does. */
export function RunNow({ run, now, doneWord }: { run: RunView; now: Date; doneWord: string }) {
  const percent = Math.floor(run.percent ?? 0);
  const doing = run.message ?? (run.status === "QUEUED" ? "Waits for a worker" : stepTitle(run.step ?? "connect"));
  const left = runLeft(run.secondsLeft);
  const started = run.startedAt ?? run.createdAt;
  const done = sizeParts(run.doneBytes);
  const speed = run.bytesPerSecond === null ? null : sizeParts(run.bytesPerSecond);
  return (
    <section className="panel" aria-label="Progress">
      <div className="run-now">
        <div className="row baseline">
          <strong className="huge">{percentWords(percent)}</strong>
          <span className="t2">{doing}</span>
          <span className="push">
            {left ? <Ending left={left} run={run} now={now} /> : <span className="t3">No estimate yet</span>}
          </span>
        </div>
        <Meter label={runTitle(run)} percent={percent} thick />
        <Spoken
          words={`${runTitle(run)}: ${percentWords(percent)}, ${doing}${left ? `, ${left}` : ""}`}
          step={run.step}
        />
      </div>
      <Facts
        inPanel
        facts={[
          {
            label: doneWord,
            value: done.value,
            unit: `${done.unit} of ${formatBytes(run.totalBytes)}`,
            note: `${formatCount(run.doneDocuments)} of ${formatCount(run.totalDocuments)} documents`,
          },
          {
            label: "Speed",
            value: speed ? speed.value : "–",
            unit: speed ? `${speed.unit}/s` : undefined,
            note: run.step ? `Step: ${stepTitle(run.step)}` : undefined,
          },
          {
            label: "Running for",
            value: formatDuration((run.finishedAt ?? now).getTime() - started.getTime()),
            note: `Started ${utcClock(started)} UTC${run.startedBy ? ` by ${run.startedBy}` : ""}`,
          },
          {
            label: "Worker",
            value: run.worker ? <span className="clip">{run.worker}</span> : "Waits",
            note: run.heartbeatAt
              ? `Heartbeat ${formatDuration(Math.max(0, now.getTime() - run.heartbeatAt.getTime()))} ago${run.attempt > 1 ? `, attempt ${run.attempt}` : ""}`
              : "No worker has it yet",
          },
        ]}
      />
    </section>
  );
}

function Ending({ left, run, now }: { left: string; run: RunView; now: Date }) {
  const end = new Date(now.getTime() + (run.secondsLeft ?? 0) * 1000);
  return (
    <>
      <b>{left.charAt(0).toUpperCase() + left.slice(1)}</b>{" "}
      <span className="t3 nw" suppressHydrationWarning>
        ends near {utcClock(end).slice(0, 5)} UTC, {localClock(end).slice(0, 5)} local
      </span>
    </>
  );
}

/** The page's one live region: speaks at each step, else every ten seconds. */
function Spoken({ words, step }: { words: string; step: string | null }) {
  const [spoken, setSpoken] = useState(words);
  const latest = useRef(words);
  useEffect(() => {
    latest.current = words;
  });
  useEffect(() => {
    const speak = () => setSpoken(latest.current);
    const atOnce = setTimeout(speak, 0);
    const timer = setInterval(speak, SPOKEN_EVERY_MS);
    return () => {
      clearTimeout(atOnce);
      clearInterval(timer);
    };
  }, [step]);
  return (
    <span className="sr" role="status">
      {spoken}
    </span>
  );
}
