import type { Actor } from "@/server/access/actor";
import { requirePermission, type ProjectScope } from "@/server/access/require-permission";
import { DEPLOYMENT_WANTED_CHANNEL } from "@/server/jobs/definitions/embedded-deployment";
import { db, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { notify } from "@/server/platform/postgres";
import { recordActivity } from "../activity/record-activity";
import { endSnapshotsOf, lockSnapshotsOf } from "../snapshots/end-snapshot";
import { getCluster, lockIdleCluster } from "./find-cluster";
import { assertNotLocked } from "./find-lock";
import type { DeleteCluster } from "./schema";

async function assertNothingRuns(tx: Tx, cluster: { id: string; name: string }): Promise<void> {
  const busy = await tx.run.findFirst({
    where: { clusterId: cluster.id, kind: "SNAPSHOT_TAKE", status: { in: ["QUEUED", "RUNNING"] } },
    select: { id: true },
  });
  if (busy) throw new DomainError("UNFINISHED_ON_DEMAND_SNAPSHOT", { params: { clusterName: cluster.name } });
  const restoring = await tx.restoreJob.findFirst({
    where: { sourceClusterId: cluster.id, status: { in: ["QUEUED", "IN_PROGRESS"] } },
    select: { id: true },
  });
  if (restoring) throw new DomainError("ATLAS_CLUSTER_RESTORE_IN_PROGRESS", { params: { clusterName: cluster.name } });
}

/**
 * Terminates a cluster. An embedded one loses its data: the host stops it and removes its files; an external one is
 * only forgotten. Its snapshots stay until they expire, unless the actor, who then needs the right to delete them,
 * says otherwise. Throws CLUSTER_NOT_FOUND, CLUSTER_NOT_READY, RESTORE_NAME_MISMATCH, UNFINISHED_ON_DEMAND_SNAPSHOT,
 * ATLAS_CLUSTER_RESTORE_IN_PROGRESS, CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE.
 */
export async function deleteCluster(actor: Actor, project: ProjectScope, input: DeleteCluster): Promise<void> {
  if (!input.retainSnapshots) requirePermission(actor, "snapshot.delete", { project });
  await db().$transaction(async (tx) => {
    const { id } = await getCluster(project, input.clusterId, tx);
    if (!input.retainSnapshots) await lockSnapshotsOf(tx, id);
    const cluster = await lockIdleCluster(tx, project, id);
    if (input.typedName !== cluster.name) {
      throw new DomainError("RESTORE_NAME_MISMATCH", { params: { clusterName: cluster.name } });
    }
    await assertNotLocked(cluster, tx);
    await assertNothingRuns(tx, cluster);
    const now = new Date();
    const isEmbedded = cluster.deploymentKind === "EMBEDDED";
    await tx.cluster.update({
      where: { id: cluster.id },
      data: {
        state: isEmbedded ? "DELETING" : "DELETED",
        liveName: null,
        deletedAt: now,
        connectionSealed: null,
      },
    });
    let deleted = 0;
    if (!input.retainSnapshots) {
      deleted = await endSnapshotsOf(tx, cluster.id);
      const nothing = { keptSnapshots: 0, keptStoredBytes: 0n, keptDataBytes: 0n };
      await tx.cluster.update({ where: { id: cluster.id }, data: nothing });
      await tx.repositoryUsage.deleteMany({ where: { clusterId: cluster.id } });
    }
    if (isEmbedded) await notify(tx, DEPLOYMENT_WANTED_CHANNEL, cluster.id);
    await recordActivity(tx, {
      organizationId: project.organizationId,
      projectId: project.id,
      type: "CLUSTER_DELETED",
      actor,
      cluster: { id: cluster.id, name: cluster.name },
      details: { retainSnapshots: input.retainSnapshots, deletedSnapshots: deleted },
    });
  });
}
