import type { SnapshotModel, Tx } from "@/server/platform/db";

type Counted = Pick<SnapshotModel, "clusterId" | "repositoryId" | "status" | "storedBytes" | "dataBytes">;

/**
 * Keeps the sums of the cluster and of what it holds in the repository: called in the transaction in which a completed snapshot begins (1) or ends (-1)
 * to exist, with its row as it stands then. Others count for nothing.
 */
export async function countKept(tx: Tx, snapshot: Counted, sign: 1 | -1): Promise<void> {
  if (snapshot.status !== "COMPLETED") return;
  const by = BigInt(sign);
  const keptStoredBytes = by * (snapshot.storedBytes ?? 0n);
  await tx.cluster.update({
    where: { id: snapshot.clusterId },
    data: {
      keptSnapshots: { increment: sign },
      keptStoredBytes: { increment: keptStoredBytes },
      keptDataBytes: { increment: by * (snapshot.dataBytes ?? 0n) },
    },
  });
  const { clusterId, repositoryId } = snapshot;
  if (repositoryId === null) return;
  await tx.repositoryUsage.upsert({
    where: { repositoryId_clusterId: { repositoryId, clusterId } },
    create: { repositoryId, clusterId, keptSnapshots: sign, keptStoredBytes },
    update: { keptSnapshots: { increment: sign }, keptStoredBytes: { increment: keptStoredBytes } },
  });
}
