import type { ClusterModel } from "@/server/platform/db";

/** What people read of a cluster whose row was rebuilt from its snapshots. */
export const NOT_CONNECTED_WORDS =
  "Not connected: the cluster is known from its snapshots. Connect it again to take snapshots and to restore into it.";

/** A living cluster of which nobody here knows how to reach it. */
export function isNotConnected(
  cluster: Pick<ClusterModel, "deploymentKind" | "state" | "connectionSealed" | "reachable">,
): boolean {
  const { deploymentKind, state, connectionSealed, reachable } = cluster;
  return deploymentKind === "EXTERNAL" && state === "IDLE" && connectionSealed === null && reachable === false;
}
