import type { SnapshotModel, Tx } from "@/server/platform/db";

type Counted = Pick<SnapshotModel, "clusterId" | "status" | "storedBytes" | "dataBytes">;

/**
 * Keeps the sums in the cluster's row: called in the transaction in which a completed snapshot begins (1) or ends (-1)
 * to exist, with its row as it stands then. Others count for nothing.
 */
export async function countKept(tx: Tx, snapshot: Counted, sign: 1 | -1): Promise<void> {
  if (snapshot.status !== "COMPLETED") return;
  const by = BigInt(sign);
  await tx.cluster.update({
    where: { id: snapshot.clusterId },
    data: {
      keptSnapshots: { increment: sign },
      keptStoredBytes: { increment: by * (snapshot.storedBytes ?? 0n) },
      keptDataBytes: { increment: by * (snapshot.dataBytes ?? 0n) },
    },
  });
}
