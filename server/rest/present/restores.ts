import type { RestoreStatus, RestoreView } from "@/server/domain/restores/schema";
import { kindRel, type Links } from "../links";
import { isoSeconds, whenSet } from "./time";

const FLEX_STATUS = {
  QUEUED: "QUEUED",
  IN_PROGRESS: "RUNNING",
  COMPLETED: "COMPLETED",
  FAILED: "FAILED",
  CANCELLED: "FAILED",
} as const satisfies Record<RestoreStatus, string>;

/** A job has no status: it is over when `finishedAt` is there, or `failed` or `cancelled` is true. */
export function presentRestoreJob(restore: RestoreView, links: Links): object {
  const { source, target, snapshot } = restore;
  const cluster = ["groups", source.project.id, "clusters", source.cluster.name];
  return {
    cancelled: restore.status === "CANCELLED",
    components: [],
    deliveryType: "automated",
    deliveryUrl: [],
    desiredTimestamp: { date: null, increment: null, time: null },
    expired: false,
    failed: restore.status === "FAILED",
    ...(restore.status === "COMPLETED" && whenSet("finishedAt", restore.finishedAt)),
    id: restore.id,
    links: [
      links.self(...cluster, "backup", "restoreJobs", restore.id),
      links.to(kindRel("snapshot"), ...cluster, "backup", "snapshots", snapshot.id),
      links.to(kindRel("cluster"), "groups", target.project.id, "clusters", target.cluster.name),
      links.to(kindRel("group"), "groups", target.project.id),
    ],
    snapshotId: snapshot.id,
    targetClusterName: target.cluster.name,
    targetGroupId: target.project.id,
    timestamp: isoSeconds(snapshot.createdAt),
    holdfast: presentHoldfast(restore),
  };
}

/** What Holdfast knows of a restore and the Admin API has no field for. */
function presentHoldfast(restore: RestoreView): object {
  return {
    status: restore.status,
    ...whenSet("startedAt", restore.startedAt),
    ...(restore.run?.step && { step: restore.run.step }),
    ...(typeof restore.run?.percent === "number" && { percent: restore.run.percent }),
    ...(restore.error && { error: restore.error }),
  };
}

export function presentFlexRestoreJob(restore: RestoreView, links: Links): object {
  const { source, target, snapshot } = restore;
  const cluster = ["groups", source.project.id, "flexClusters", source.cluster.name];
  return {
    deliveryType: "RESTORE",
    id: restore.id,
    instanceName: source.cluster.name,
    links: [links.self(...cluster, "backup", "restoreJobs", restore.id)],
    projectId: source.project.id,
    ...whenSet("restoreFinishedDate", restore.finishedAt),
    restoreScheduledDate: isoSeconds(restore.createdAt),
    ...whenSet("snapshotFinishedDate", snapshot.dataAt),
    snapshotId: snapshot.id,
    status: FLEX_STATUS[restore.status],
    targetDeploymentItemName: target.cluster.name,
    targetProjectId: target.project.id,
  };
}
