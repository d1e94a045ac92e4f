import type { RunView } from "@/server/domain/runs/schema";

/** Whether nothing changes in a run any more. */
export function isOver(run: Pick<RunView, "status">): boolean {
  return run.status !== "QUEUED" && run.status !== "RUNNING";
}
