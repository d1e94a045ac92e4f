import type { Actor } from "@/server/access/actor";
import { can, type ProjectScope } from "@/server/access/require-permission";
import { db, type ClusterModel } from "@/server/platform/db";
import { findLocks } from "../clusters/find-lock";
import { isNotConnected } from "../clusters/not-connected";
import { toNumber } from "../common/values";
import { explainRights } from "../members/explain-rights";
import { getSnapshotRow } from "../snapshots/find-snapshot";
import type { ListTargets, TargetsView } from "./schema";

/** Why this cluster cannot be a target, as far as its row tells; the check list asks the server. */
function whyNot(cluster: ClusterModel, isLocked: boolean): string | null {
  if (cluster.tier === "M0") return "M0 clusters cannot be restored to. Use mongorestore by hand, or an M10.";
  if (cluster.state === "CREATING") return "The cluster is being created.";
  if (cluster.state !== "IDLE") return "The cluster is being terminated.";
  if (isLocked) return "Another restore into this cluster is running.";
  if (isNotConnected(cluster)) return "The cluster is not connected. Connect it again on its page.";
  return cluster.reachable === false ? "The cluster did not answer when it was last asked." : null;
}

/**
 * Where a snapshot can go: the clusters of every project that the reader knows, with the reason where one is closed to
 * them. Projects they do not belong to are absent.
 */
export async function listTargets(actor: Actor, source: ProjectScope, input: ListTargets): Promise<TargetsView> {
  const snapshot = await getSnapshotRow(source, input.snapshotId);
  const all = await db().project.findMany({
    where: { OR: [{ id: { in: [...actor.projectIds] } }, { organizationId: { in: [...actor.orgIds] } }] },
    orderBy: { name: "asc" },
    select: { id: true, name: true, organizationId: true },
  });
  const projects = all.filter((project) => can(actor, "cluster.read", { project }));
  const byId = new Map(projects.map((project) => [project.id, project]));
  const [clusters, explain] = await Promise.all([
    db().cluster.findMany({
      where: { projectId: { in: [...byId.keys()] }, deletedAt: null },
      orderBy: [{ name: "asc" }, { id: "asc" }],
    }),
    explainRights(actor, projects, ["restore.start"]),
  ]);
  const locks = await findLocks(clusters);
  const targets = clusters.flatMap((cluster) => {
    const project = byId.get(cluster.projectId);
    if (!project) return [];
    return {
      cluster: { id: cluster.id, name: cluster.name },
      project: { id: project.id, name: project.name },
      isSource: cluster.id === snapshot.clusterId,
      tier: cluster.tier,
      mongoDBVersion: cluster.mongoDBVersion,
      dataBytes: toNumber(cluster.dataSizeBytes),
      can: explain(project, "restore.start", whyNot(cluster, locks.has(cluster.id))),
    };
  });
  return {
    targets: targets.sort((a, b) => Number(b.isSource) - Number(a.isSource)),
    projects: projects.map((project) => ({
      id: project.id,
      name: project.name,
      can: explain(project, "restore.start"),
    })),
  };
}
