import type { ProjectScope } from "@/server/access/require-permission";
import { db, type SnapshotModel, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";

/** The snapshot, read by its id and the checked project together. Throws SNAPSHOT_NOT_FOUND; so for a deleted one. */
export async function getSnapshotRow(
  project: ProjectScope,
  snapshotId: string,
  from: Tx = db(),
): Promise<SnapshotModel> {
  const snapshot = await from.snapshot.findUnique({ where: { id: snapshotId, projectId: project.id } });
  if (!snapshot || snapshot.deletedAt) {
    throw new DomainError("SNAPSHOT_NOT_FOUND", { params: { snapshotId, groupId: project.id } });
  }
  return snapshot;
}
