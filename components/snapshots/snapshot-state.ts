import { storedWords } from "@/components/errors/messages";
import { percentWords } from "@/components/format/numbers";
import type { StateName } from "@/components/ui/StateBadge";
import type { SnapshotView } from "@/server/domain/snapshots/schema";

/** The one badge of a snapshot. */
export function snapshotState(snapshot: Pick<SnapshotView, "status" | "expired" | "consistent" | "run">): {
  state: StateName;
  words?: string;
} {
  if (snapshot.expired) return { state: "expired" };
  switch (snapshot.status) {
    case "QUEUED":
      return { state: "queued" };
    case "IN_PROGRESS":
      return { state: "running", words: runningWords(snapshot.run?.percent ?? null) };
    case "COMPLETED":
      return snapshot.consistent ? { state: "completed" } : { state: "attention", words: "Not consistent" };
    case "FAILED":
      return { state: "failed" };
    case "CANCELLED":
      return { state: "cancelled" };
  }
}

const runningWords = (percent: number | null) => (percent === null ? undefined : `Running ${percentWords(percent)}`);

/** The second line under the time: why it failed, what it is for, or that it may not be consistent. */
export function snapshotNote(snapshot: SnapshotView): string | null {
  if (snapshot.status === "IN_PROGRESS") return snapshot.run?.message ?? null;
  if (snapshot.error) return storedWords(snapshot.error).body;
  if (snapshot.description) return `“${snapshot.description}”`;
  if (!snapshot.consistent) return "may not be consistent";
  return null;
}
