import type { ProjectScope } from "@/server/access/require-permission";
import { db, type ClusterModel, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";

/** The cluster, read by its id and the checked project together. Throws CLUSTER_NOT_FOUND. */
export async function getCluster(project: ProjectScope, clusterId: string, from: Tx = db()): Promise<ClusterModel> {
  const cluster = await from.cluster.findUnique({ where: { id: clusterId, projectId: project.id } });
  if (!cluster) throw new DomainError("CLUSTER_NOT_FOUND", { params: { clusterId, groupId: project.id } });
  return cluster;
}

/** The living cluster of this name. Throws CLUSTER_NOT_FOUND. */
export async function getClusterByName(project: ProjectScope, name: string): Promise<ClusterModel> {
  const cluster = await db().cluster.findFirst({ where: { projectId: project.id, liveName: name } });
  if (!cluster) throw new DomainError("CLUSTER_NOT_FOUND", { params: { clusterName: name, groupId: project.id } });
  return cluster;
}

/**
 * The newest cluster of this name, terminated ones included: their kept snapshots stay reachable under the old name.
 * Throws CLUSTER_NOT_FOUND.
 */
export async function getAnyClusterByName(project: ProjectScope, name: string): Promise<ClusterModel> {
  const cluster = await db().cluster.findFirst({
    where: { projectId: project.id, name },
    orderBy: [{ deletedAt: { sort: "desc", nulls: "first" } }, { createdAt: "desc" }],
  });
  if (!cluster) throw new DomainError("CLUSTER_NOT_FOUND", { params: { clusterName: name, groupId: project.id } });
  return cluster;
}

/** The cluster's row, held until the commit, and alive. Throws CLUSTER_NOT_FOUND or CLUSTER_NOT_READY. */
export async function lockIdleCluster(tx: Tx, project: ProjectScope, clusterId: string): Promise<ClusterModel> {
  await tx.$queryRaw`select id from "Cluster" where id = ${clusterId} for update`;
  const cluster = await getCluster(project, clusterId, tx);
  if (cluster.deletedAt || cluster.state === "DELETED") {
    throw new DomainError("CLUSTER_NOT_FOUND", { params: { clusterId, groupId: project.id } });
  }
  if (cluster.state !== "IDLE") {
    throw new DomainError("CLUSTER_NOT_READY", { params: { clusterName: cluster.name, state: cluster.state } });
  }
  return cluster;
}
