import { percentWords } from "@/components/format/numbers";
import type { StateName } from "@/components/ui/StateBadge";
import type { ClusterHealth, ClusterView } from "@/server/domain/clusters/schema";

/** The one badge of a cluster: how each health looks, and its words. */
export const HEALTH_LOOKS = {
  snapshotFailed: { state: "failed", words: "Snapshot failed" },
  unreachable: { state: "failed", words: "Unreachable" },
  notConnected: { state: "attention", words: "Not connected" },
  locked: { state: "locked", words: "Locked by restore" },
  neverProven: { state: "attention", words: "Never proven" },
  noSnapshot: { state: "attention", words: "No snapshot" },
  snapshotRunning: { state: "running", words: "Snapshot" },
  creating: { state: "running", words: "Creating" },
  deleting: { state: "running", words: "Terminating" },
  protected: { state: "protected", words: "Protected" },
  noBackups: { state: "none", words: "No backups" },
  terminated: { state: "terminated", words: "Terminated" },
} as const satisfies Record<ClusterHealth, { state: StateName; words: string }>;

export function healthWords(cluster: Pick<ClusterView, "health" | "runningSnapshot">): string {
  const { words } = HEALTH_LOOKS[cluster.health];
  const percent = cluster.runningSnapshot?.percent;
  return cluster.health === "snapshotRunning" && typeof percent === "number"
    ? `${words} ${percentWords(percent)}`
    : words;
}

/** "M30, MongoDB 8.0.4" */
export function tierLine(cluster: Pick<ClusterView, "tier" | "mongoDBVersion">): string {
  return `${tierName(cluster.tier)}, MongoDB ${cluster.mongoDBVersion}`;
}

export const tierName = (tier: string): string => (tier === "FLEX" ? "Flex" : tier);

/** "AWS, EU_CENTRAL_1" as people say it. */
export function placeName(cluster: Pick<ClusterView, "cloudProvider" | "region">): string {
  const provider = cluster.cloudProvider === "AZURE" ? "Azure" : cluster.cloudProvider;
  return `${provider} ${cluster.region.toLowerCase().replaceAll("_", "-")}`;
}

/** What one sentence under a cluster's name says when something is wrong with it. */
export function troubleLine(cluster: ClusterView): string | null {
  if (cluster.health === "locked" && cluster.lock) return cluster.lock.reason;
  if (cluster.health === "snapshotFailed") return cluster.lastFailure?.message ?? null;
  return cluster.stateMessage;
}
