"use client";

import { useSyncExternalStore } from "react";
import { percentWords, plural } from "@/components/format/numbers";
import { currentRunning, subscribeRunning } from "@/components/runs/running-store";
import { runPath, runTitle } from "@/components/runs/run-words";
import { Icon } from "@/components/ui/Icon";
import { Menu } from "@/components/ui/Menu";
import { MenuItem } from "@/components/ui/MenuItem";
import type { RunSummary } from "@/server/domain/runs/schema";

/** How much work runs now, everywhere the reader can see; the menu leads to each run. Absent when nothing runs. */
export function RunningWork({ initial }: { initial: readonly RunSummary[] }) {
  const live = useSyncExternalStore(subscribeRunning, currentRunning, () => null);
  const runs = live ?? initial;
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
