"use client";

import { useEffect, useState } from "react";
import { utcClock } from "@/components/format/times";
import { loadClient } from "@/components/trpc/load-client";
import { Section } from "@/components/ui/Section";
import type { RunLogLineView, RunView } from "@/server/domain/runs/schema";

const MOST_LINES = 200;

/** The run's log, newest line first; asks for new lines as the run goes on. */
export function RunLog({ run }: { run: Pick<RunView, "id" | "projectId" | "heartbeatAt" | "status"> }) {
  const [lines, setLines] = useState<readonly RunLogLineView[]>([]);
  const lastId = lines.at(-1)?.id;
  const beat = run.heartbeatAt?.getTime();

  useEffect(() => {
    let gone = false;
    async function fetchLines() {
      const client = await loadClient();
      const fresh = await client.runs.log.query({ projectId: run.projectId, runId: run.id, afterId: lastId });
      if (!gone && fresh.length > 0) setLines((before) => [...before, ...fresh].slice(-MOST_LINES));
    }
    fetchLines().catch(() => undefined);
    return () => {
      gone = true;
    };
    // The heartbeat and the end are what tells that there may be new lines.
  }, [run.projectId, run.id, run.status, beat, lastId]);

  if (lines.length === 0) return null;
  return (
    <Section id="log" title="Log" aside="UTC, newest first">
      <pre className="panel log tall" tabIndex={0} role="region" aria-label="Log of this run">
        {lines
          .toReversed()
          .map((line) => `${utcClock(line.at)}  ${line.topic.padEnd(8)} ${line.message}`)
          .join("\n")}
      </pre>
    </Section>
  );
}
