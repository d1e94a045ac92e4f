import type { SnapshotKind, SnapshotStatus, SnapshotView } from "@/server/domain/snapshots/schema";
import { kindRel, type Links } from "../links";
import { whenSet } from "./time";

/** The states of the Admin API; it knows no cancelled snapshot. */
const STATUS = {
  QUEUED: "queued",
  IN_PROGRESS: "inProgress",
  COMPLETED: "completed",
  FAILED: "failed",
  CANCELLED: "failed",
} as const satisfies Record<SnapshotStatus, string>;

const TYPE = {
  ON_DEMAND: { snapshotType: "onDemand" },
  HOURLY: { snapshotType: "scheduled", frequencyType: "hourly" },
  DAILY: { snapshotType: "scheduled", frequencyType: "daily" },
  WEEKLY: { snapshotType: "scheduled", frequencyType: "weekly" },
  MONTHLY: { snapshotType: "scheduled", frequencyType: "monthly" },
  YEARLY: { snapshotType: "scheduled", frequencyType: "yearly" },
  FALLBACK: { snapshotType: "fallback" },
} as const satisfies Record<SnapshotKind, object>;

const FLEX_STATUS = {
  QUEUED: "QUEUED",
  IN_PROGRESS: "RUNNING",
  COMPLETED: "COMPLETED",
  FAILED: "FAILED",
  CANCELLED: "FAILED",
} as const satisfies Record<SnapshotStatus, string>;

export function presentSnapshot(
  snapshot: SnapshotView,
  replicaSetName: string | null,
  clusterName: string,
  links: Links,
): object {
  const cluster = ["groups", snapshot.projectId, "clusters", clusterName];
  return {
    cloudProvider: snapshot.cloudProvider,
    copyRegions: [],
    ...whenSet("createdAt", snapshot.createdAt),
    ...(snapshot.description && { description: snapshot.description }),
    ...whenSet("expiresAt", snapshot.expiresAt),
    id: snapshot.id,
    links: [links.self(...cluster, "backup", "snapshots", snapshot.id), links.to(kindRel("cluster"), ...cluster)],
    ...(snapshot.mongoDBVersion && { mongodVersion: snapshot.mongoDBVersion }),
    policyItems: [],
    ...(replicaSetName && { replicaSetName }),
    ...TYPE[snapshot.kind],
    status: STATUS[snapshot.status],
    ...(snapshot.dataBytes !== null && { storageSizeBytes: snapshot.dataBytes }),
    type: "replicaSet",
    holdfast: presentHoldfast(snapshot),
  };
}

/** What Holdfast knows of a snapshot and the Admin API has no field for. */
function presentHoldfast(snapshot: SnapshotView): object {
  return {
    consistent: snapshot.consistent,
    ...(snapshot.inconsistentReason && { inconsistentReason: snapshot.inconsistentReason }),
    ...whenSet("dataAt", snapshot.dataAt),
    ...whenSet("verifiedAt", snapshot.verifiedAt),
    ...whenSet("provenAt", snapshot.provenAt),
    ...(snapshot.documents !== null && { documents: snapshot.documents }),
    ...(snapshot.collections !== null && { collections: snapshot.collections }),
    ...(snapshot.storedBytes !== null && { storedBytes: snapshot.storedBytes }),
    ...(snapshot.status === "CANCELLED" && { cancelled: true }),
    ...(snapshot.error && { error: snapshot.error }),
  };
}

export function presentFlexSnapshot(snapshot: SnapshotView, clusterName: string, links: Links): object {
  const cluster = ["groups", snapshot.projectId, "flexClusters", clusterName];
  return {
    ...whenSet("expiration", snapshot.expiresAt),
    ...whenSet("finishTime", snapshot.finishedAt),
    id: snapshot.id,
    links: [links.self(...cluster, "backup", "snapshots", snapshot.id)],
    ...(snapshot.mongoDBVersion && { mongoDBVersion: snapshot.mongoDBVersion }),
    ...whenSet("scheduledTime", snapshot.createdAt),
    ...whenSet("startTime", snapshot.startedAt),
    status: FLEX_STATUS[snapshot.status],
  };
}
