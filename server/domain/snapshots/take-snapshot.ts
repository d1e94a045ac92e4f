import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { recordActivity } from "../activity/record-activity";
import { recordingRefusals } from "../activity/record-refusal";
import { getCluster, lockIdleCluster } from "../clusters/find-cluster";
import { assertNotLocked } from "../clusters/find-lock";
import { isDedicated } from "../clusters/tiers";
import { createRun } from "../runs/create-run";
import type { TakeSnapshot } from "./schema";

export interface QueuedSnapshot {
  snapshotId: string;
  runId: string;
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * Queues an on-demand snapshot. Throws CLUSTER_NOT_FOUND, CLUSTER_NOT_READY, INSUFFICIENT_INSTANCE_SIZE,
 * UNFINISHED_ON_DEMAND_SNAPSHOT, CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE.
 */
export async function takeSnapshot(actor: Actor, project: ProjectScope, input: TakeSnapshot): Promise<QueuedSnapshot> {
  const { id: projectId, organizationId } = project;
  const { name } = await getCluster(project, input.clusterId);
  const cluster = { id: input.clusterId, name };
  const happening = {
    organizationId,
    projectId,
    type: "CPS_ON_DEMAND_SNAPSHOT_REQUESTED",
    actor,
    cluster,
    details: { retentionDays: input.retentionDays, description: input.description ?? null },
  };
  return recordingRefusals(happening, () =>
    db().$transaction(async (tx) => {
      const queued = await insertSnapshot(actor, project, input, tx);
      const details = { ...happening.details, snapshotId: queued.snapshotId };
      await recordActivity(tx, { ...happening, details });
      return queued;
    }),
  );
}

async function insertSnapshot(
  actor: Actor,
  project: ProjectScope,
  input: TakeSnapshot,
  tx: Parameters<typeof lockIdleCluster>[0],
): Promise<QueuedSnapshot> {
  const cluster = await lockIdleCluster(tx, project, input.clusterId);
  if (!isDedicated(cluster.tier)) {
    throw new DomainError("INSUFFICIENT_INSTANCE_SIZE", { params: { clusterName: cluster.name, tier: cluster.tier } });
  }
  await assertNotLocked(cluster, tx);
  const unfinished = await tx.snapshot.findFirst({
    where: { clusterId: cluster.id, status: { in: ["QUEUED", "IN_PROGRESS"] } },
    select: { id: true },
  });
  if (unfinished) {
    throw new DomainError("UNFINISHED_ON_DEMAND_SNAPSHOT", {
      params: { clusterName: cluster.name, snapshotId: unfinished.id },
    });
  }
  const createdAt = new Date();
  const snapshot = await tx.snapshot.create({
    data: {
      id: newId(createdAt),
      clusterId: cluster.id,
      projectId: project.id,
      clusterName: cluster.name,
      clusterTier: cluster.tier,
      cloudProvider: cluster.cloudProvider,
      region: cluster.region,
      kind: "ON_DEMAND",
      status: "QUEUED",
      description: input.description || null,
      retentionDays: input.retentionDays,
      requestedById: actor.id,
      requestedByName: actor.name,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + input.retentionDays * DAY_MS),
    },
  });
  const subject = { projectId: project.id, clusterId: cluster.id, subjectId: snapshot.id };
  return { snapshotId: snapshot.id, runId: await createRun(tx, { kind: "SNAPSHOT_TAKE", ...subject }) };
}
