import { clusterBackupPath, restorePath, snapshotPath } from "@/components/format/addresses";
import { formatRate } from "@/components/format/bytes";
import { formatAbout } from "@/components/format/times";
import type { RunSummary } from "@/server/domain/runs/schema";

/** "Restore to checkout-staging" */
export function runTitle(run: Pick<RunSummary, "kind" | "cluster">): string {
  if (run.kind === "RESTORE") return `Restore to ${run.cluster.name}`;
  if (run.kind === "SNAPSHOT_VERIFY") return `Verification of ${run.cluster.name}`;
  return `Snapshot of ${run.cluster.name}`;
}

/** Where the run can be watched. */
export function runPath(run: Pick<RunSummary, "kind" | "projectId" | "subjectId" | "cluster">): string {
  if (run.kind === "RESTORE") return restorePath(run.projectId, run.subjectId);
  return run.subjectId
    ? snapshotPath(run.projectId, run.cluster.name, run.subjectId)
    : clusterBackupPath(run.projectId, run.cluster.name);
}

/** "Loading checkout.orders, 68 MiB/s. Started by Mei" */
export function runLine(run: Pick<RunSummary, "message" | "step" | "status" | "bytesPerSecond" | "startedBy">): string {
  const doing = run.message ?? (run.status === "QUEUED" ? "Waits for a worker" : stepTitle(run.step ?? "connect"));
  const speed = run.bytesPerSecond ? `, ${formatRate(run.bytesPerSecond)}` : "";
  return `${doing}${speed}${run.startedBy ? `. Started by ${run.startedBy}` : ""}`;
}

/** "about 6 min left", or nothing while it cannot be known. */
export function runLeft(secondsLeft: number | null): string | null {
  return secondsLeft === null ? null : `about ${formatAbout(secondsLeft * 1000)} left`;
}

const STEP_TITLES: Record<string, string> = {
  connect: "Connect",
  read: "Read",
  store: "Store",
  "verify-written": "Read back what was written",
  finish: "Finish",
  check: "Check",
  lock: "Lock",
  plan: "Plan",
  load: "Load",
  index: "Build indexes",
  prove: "Prove",
  swap: "Swap",
  unlock: "Unlock",
  report: "Report",
  verify: "Verify",
};

export function stepTitle(name: string): string {
  return STEP_TITLES[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
