import type { ProjectScope } from "@/server/access/require-permission";
import { getAnyClusterByName, getClusterByName } from "@/server/domain/clusters/find-cluster";
import type { ClusterModel } from "@/server/platform/db";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";

/**
 * The cluster of a path, and whether the path is for its kind. Clients ask one kind of path first and fall back on
 * exactly these codes: CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API, CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API,
 * CLUSTER_NOT_FOUND.
 */
export async function getClusterOfKind(
  project: ProjectScope,
  name: string,
  kind: "cluster" | "flex",
): Promise<ClusterModel> {
  return assertKind(await getServedCluster(project, name), kind);
}

/** The same for backups: those of a terminated cluster stay reachable under its old name. */
export async function getBackedUpClusterOfKind(
  project: ProjectScope,
  name: string,
  kind: "cluster" | "flex",
): Promise<ClusterModel> {
  return assertKind(await getAnyClusterByName(project, name), kind);
}

/** The living cluster of this name, or the one that is just being deleted. */
async function getServedCluster(project: ProjectScope, name: string): Promise<ClusterModel> {
  try {
    return await getClusterByName(project, name);
  } catch (error) {
    if (!isDomainError(error, "CLUSTER_NOT_FOUND")) throw error;
    const newest = await getAnyClusterByName(project, name);
    if (newest.state !== "DELETING") throw error;
    return newest;
  }
}

function assertKind(cluster: ClusterModel, kind: "cluster" | "flex"): ClusterModel {
  const isFlex = cluster.tier === "FLEX";
  if (isFlex === (kind === "flex")) return cluster;
  const params = { clusterName: cluster.name, groupId: cluster.projectId };
  if (isFlex) throw new DomainError("CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API", { params });
  throw new DomainError("CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API", { params });
}
