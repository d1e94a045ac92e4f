import type { ClusterModel } from "@/server/platform/db";
import type { ClusterLock } from "./find-lock";
import { isNotConnected } from "./not-connected";
import type { ClusterHealth } from "./schema";
import type { SnapshotSummary } from "./summarize";
import { isDedicated } from "./tiers";

/** The one state that the cluster's badge shows: trouble before work, work before quiet. */
export function judgeHealth(
  cluster: ClusterModel,
  summary: SnapshotSummary | undefined,
  lock: ClusterLock | undefined,
): ClusterHealth {
  if (cluster.state === "DELETED") return "terminated";
  if (cluster.state === "DELETING") return "deleting";
  if (lock) return "locked";
  if (cluster.state === "CREATING") return "creating";
  if (isNotConnected(cluster)) return "notConnected";
  if (cluster.reachable === false) return "unreachable";
  if (!isDedicated(cluster.tier) || !cluster.backupEnabled) return "noBackups";
  if (summary?.running) return "snapshotRunning";
  const { last, lastFailure } = summary ?? { last: null, lastFailure: null };
  if (lastFailure && (!last || lastFailure.at > last.at)) return "snapshotFailed";
  if (!last) return "noSnapshot";
  return summary?.lastProven ? "protected" : "neverProven";
}

/** What asks for a person. A cluster that was never proven is a warning, not an alarm. */
export const NEEDS_YOU: ReadonlySet<ClusterHealth> = new Set([
  "snapshotFailed",
  "unreachable",
  "notConnected",
  "noSnapshot",
  "neverProven",
]);
