import type { SnapshotModel, Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { databaseNow } from "../repositories/ledger";
import { countKept } from "./count-kept";

/**
 * The one place that is asked whether a snapshot may go, by people and by expiry alike. Throws
 * CANNOT_DELETE_IN_PROGRESS_SNAPSHOT, and ATLAS_CLUSTER_RESTORE_IN_PROGRESS while it is being restored.
 */
async function assertMayEnd(tx: Tx, { id: snapshotId, status }: SnapshotModel): Promise<void> {
  if (status === "QUEUED" || status === "IN_PROGRESS") {
    throw new DomainError("CANNOT_DELETE_IN_PROGRESS_SNAPSHOT", { params: { snapshotId } });
  }
  const restoring = await tx.restoreJob.findFirst({
    where: { snapshotId, status: { in: ["QUEUED", "IN_PROGRESS"] } },
    select: { targetClusterName: true },
  });
  if (!restoring) return;
  const params = { clusterName: restoring.targetClusterName, snapshotId };
  throw new DomainError("ATLAS_CLUSTER_RESTORE_IN_PROGRESS", { params });
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
