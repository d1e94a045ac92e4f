import type { Prisma, SnapshotModel, Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { databaseNow } from "../repositories/ledger";
import { countKept } from "./count-kept";

const UNDER_WAY = { in: ["QUEUED", "IN_PROGRESS"] } satisfies Prisma.EnumRestoreStatusFilter;

/**
 * The one place that is asked whether a snapshot may go, by people and by expiry alike. Throws
 * CANNOT_DELETE_IN_PROGRESS_SNAPSHOT, and ATLAS_CLUSTER_RESTORE_IN_PROGRESS while it is being restored.
 */
async function assertMayEnd(tx: Tx, { id: snapshotId, status }: SnapshotModel): Promise<void> {
  if (status === "QUEUED" || status === "IN_PROGRESS") {
    throw new DomainError("CANNOT_DELETE_IN_PROGRESS_SNAPSHOT", { params: { snapshotId } });
  }
  await assertNotRestored(tx, { snapshotId });
}

async function assertNotRestored(tx: Tx, which: Prisma.RestoreJobWhereInput): Promise<void> {
  const restoring = await tx.restoreJob.findFirst({
    where: { ...which, status: UNDER_WAY },
    select: { targetClusterName: true, snapshotId: true },
  });
  if (!restoring) return;
  const { targetClusterName: clusterName, snapshotId } = restoring;
  throw new DomainError("ATLAS_CLUSTER_RESTORE_IN_PROGRESS", { params: { clusterName, snapshotId } });
}

/**
 * Marks a snapshot as deleted. Its row must be locked (`for update`) by the caller, so that the moment comes after every
 * choice to build on it; it is taken from the database's clock, as the beginnings of runs are. Throws as assertMayEnd.
 */
export async function endSnapshot(tx: Tx, row: SnapshotModel): Promise<void> {
  await assertMayEnd(tx, row);
  await tx.snapshot.update({ where: { id: row.id }, data: { deletedAt: await databaseNow(tx) } });
  await countKept(tx, row, -1);
}

/**
 * Holds the rows of all kept snapshots of a cluster until the commit. Whoever locks the cluster's row too calls this first:
 * snapshot, then cluster, is the order of everybody who needs both.
 */
export async function lockSnapshotsOf(tx: Tx, clusterId: string): Promise<void> {
  await tx.$queryRaw`
    select id from "Snapshot" where "clusterId" = ${clusterId} and "deletedAt" is null order by id for update`;
}

/**
 * Marks all kept snapshots of a cluster as deleted, and returns how many; the sums that count them are the caller's, who
 * sees to it that none is being taken. Throws ATLAS_CLUSTER_RESTORE_IN_PROGRESS while one is being restored.
 */
export async function endSnapshotsOf(tx: Tx, clusterId: string): Promise<number> {
  await lockSnapshotsOf(tx, clusterId);
  await assertNotRestored(tx, { snapshot: { clusterId } });
  const where = { clusterId, deletedAt: null };
  const { count } = await tx.snapshot.updateMany({ where, data: { deletedAt: await databaseNow(tx) } });
  return count;
}
