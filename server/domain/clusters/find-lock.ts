import { db, type Prisma, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";

/** What keeps a cluster from being changed: the lock of its server, or a restore that waits to take it. */
export interface ClusterLock {
  since: Date;
  heartbeatAt: Date;
  reason: string;
  runId: string;
  serverSide: boolean;
}

interface LockedCluster {
  id: string;
  serverKey: string | null;
}

/** Locks of these clusters, by cluster id. One server behind two rows locks both. */
export async function findLocks(
  clusters: readonly LockedCluster[],
  from: Tx = db(),
): Promise<Map<string, ClusterLock>> {
  const ids = clusters.map((cluster) => cluster.id);
  const keys = clusters.flatMap((cluster) => cluster.serverKey ?? []);
  const where: Prisma.ServerLockWhereInput = { OR: [{ serverKey: { in: keys } }, { clusterId: { in: ids } }] };
  const [locks, waiting] = await Promise.all([
    from.serverLock.findMany({ where }),
    from.run.findMany({
      where: { kind: "RESTORE", clusterId: { in: ids }, status: { in: ["QUEUED", "RUNNING"] } },
      select: { id: true, clusterId: true, createdAt: true },
    }),
  ]);
  const found = new Map<string, ClusterLock>();
  for (const run of waiting) {
    const words = { reason: "A restore into this cluster is about to begin.", serverSide: false };
    found.set(run.clusterId, { since: run.createdAt, heartbeatAt: run.createdAt, runId: run.id, ...words });
  }
  for (const cluster of clusters) {
    const lock = locks.find((one) => one.serverKey === cluster.serverKey || one.clusterId === cluster.id);
    if (lock) {
      const { createdAt: since, heartbeatAt, reason, runId, serverSide } = lock;
      found.set(cluster.id, { since, heartbeatAt, reason, runId, serverSide });
    }
  }
  return found;
}

/** Throws CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE while something keeps the cluster from being changed. */
export async function assertNotLocked(cluster: LockedCluster & { name: string }, from: Tx = db()): Promise<void> {
  const lock = (await findLocks([cluster], from)).get(cluster.id);
  if (!lock) return;
  throw new DomainError("CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE", {
    params: { clusterName: cluster.name, reason: lock.reason, since: lock.since.toISOString() },
  });
}
