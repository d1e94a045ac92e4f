"use client";

import { useEffect, useState } from "react";
import { percentWords, plural } from "@/components/format/numbers";
import { runPath, runTitle } from "@/components/runs/run-words";
import { loadClient } from "@/components/trpc/load-client";
import { Icon } from "@/components/ui/Icon";
import { Menu } from "@/components/ui/Menu";
import { MenuItem } from "@/components/ui/MenuItem";
import type { RunSummary } from "@/server/domain/runs/schema";

const LOOK_EVERY_MS = 5000;

/** How much work runs now, everywhere the reader can see; the menu leads to each run. Absent when nothing runs. */
export function RunningWork({ initial }: { initial: readonly RunSummary[] }) {
  const runs = useRunningRuns(initial);
  if (runs.length === 0) return null;
  return (
    <Menu
      label={plural(runs.length, "running job")}
      triggerClass="work"
      trigger={
        <>
          <Icon name="loader-circle" className="s spin" />
          {runs.length}
          <span> running</span>
        </>
      }
    >
      {runs.map((run) => (
        <MenuItem key={run.id} href={runPath(run)} icon={run.kind === "RESTORE" ? "history" : "camera"}>
          {runTitle(run)}
          <span className="sub">{run.percent === null ? "Waits" : percentWords(run.percent)}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}

/** Asks again every few seconds while the page is looked at; keeps what it knows when the server does not answer. */
function useRunningRuns(initial: readonly RunSummary[]): readonly RunSummary[] {
  const [runs, setRuns] = useState(initial);
  useEffect(() => {
    async function look() {
      if (document.visibilityState !== "visible") return;
      const client = await loadClient();
      const now = await client.runs.running.query();
      setRuns(now.runs);
    }
    const timer = setInterval(() => look().catch(() => undefined), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return runs;
}
