import { ConnectionString } from "mongodb-connection-string-url";
import type { Actor } from "@/server/access/actor";
import { can, type ProjectScope } from "@/server/access/require-permission";
import { unseal } from "@/server/platform/crypto";
import { db, type ClusterModel, type Prisma } from "@/server/platform/db";
import { toNumber } from "../common/values";
import { getCluster } from "./find-cluster";
import { CONNECTION_PURPOSE, EMBEDDED_HOST } from "./open-deployment";
import { presentClusters } from "./present";
import type { ClusterDetail } from "./schema";

/** Host and port of every member, as the connection string names them; nothing else of it leaves the server. */
export function hostsOf(cluster: Pick<ClusterModel, "connectionSealed">, port: number | null): string[] {
  if (port !== null) return [`${EMBEDDED_HOST}:${port}`];
  if (!cluster.connectionSealed) return [];
  return new ConnectionString(unseal(cluster.connectionSealed, CONNECTION_PURPOSE).toString("utf8")).hosts;
}

/** What the snapshots of these clusters take in the store, and would take as full copies. */
export async function sumStored(where: Prisma.ClusterWhereInput) {
  const sums = await db().cluster.aggregate({
    where,
    _sum: { keptStoredBytes: true, keptDataBytes: true, keptSnapshots: true },
  });
  return {
    storedBytes: toNumber(sums._sum.keptStoredBytes) ?? 0,
    fullCopyBytes: toNumber(sums._sum.keptDataBytes) ?? 0,
    snapshots: sums._sum.keptSnapshots ?? 0,
  };
}

/** A cluster's own page. Throws CLUSTER_NOT_FOUND. */
export async function getClusterDetail(actor: Actor, project: ProjectScope, clusterId: string): Promise<ClusterDetail> {
  const cluster = await getCluster(project, clusterId);
  const embedded = await db().embeddedDeployment.findUnique({ where: { clusterId } });
  const [view] = await presentClusters(actor, [{ cluster, project }]);
  const seesBackups = can(actor, "snapshot.read", { project });
  const stored = seesBackups ? await sumStored({ id: clusterId }) : { storedBytes: 0, fullCopyBytes: 0 };
  return {
    ...view!,
    hosts: hostsOf(cluster, embedded?.port ?? null),
    replicaSetName: cluster.replicaSetName,
    stored: { storedBytes: stored.storedBytes, fullCopyBytes: stored.fullCopyBytes },
    embedded: embedded && {
      status: embedded.status,
      port: embedded.port,
      restarts: embedded.restarts,
      lastError: embedded.lastError,
    },
  };
}
