import type { Actor } from "@/server/access/actor";
import { can, type OrgScope, type ProjectScope } from "@/server/access/require-permission";
import { db, type ClusterModel, type Prisma } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { listVisibleProjects } from "../projects/find-project";
import { NEEDS_YOU } from "./health";
import { presentClusters } from "./present";
import { CLUSTER_HEALTH, type ClusterView, type ListOrgClusters, type OrgClustersView } from "./schema";

/** Living clusters, and terminated ones whose snapshots are still kept. */
const SHOWN: Prisma.ClusterWhereInput = {
  OR: [{ deletedAt: null }, { snapshots: { some: { status: "COMPLETED", deletedAt: null } } }],
};

async function readClusters(
  projects: readonly ProjectScope[],
): Promise<Array<{ cluster: ClusterModel; project: ProjectScope }>> {
  const byId = new Map(projects.map((project) => [project.id, project]));
  const clusters = await db().cluster.findMany({
    where: { projectId: { in: [...byId.keys()] }, ...SHOWN },
    orderBy: [{ name: "asc" }, { id: "asc" }],
  });
  return clusters.flatMap((cluster) => {
    const project = byId.get(cluster.projectId);
    return project ? { cluster, project } : [];
  });
}

/** A project's clusters, by name. A project holds some tens of them, so they are not paged. */
export async function listClusters(actor: Actor, project: ProjectScope): Promise<ClusterView[]> {
  return presentClusters(actor, await readClusters([project]));
}

function urgency(view: ClusterView): number {
  return CLUSTER_HEALTH.indexOf(view.health);
}

const byName = (a: ClusterView, b: ClusterView) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id);

const SORTS: Record<ListOrgClusters["sort"], (a: ClusterView, b: ClusterView) => number> = {
  needsYou: (a, b) => urgency(a) - urgency(b) || byName(a, b),
  name: byName,
  "-name": (a, b) => byName(b, a),
  "-dataBytes": (a, b) => (b.dataBytes ?? -1) - (a.dataBytes ?? -1) || byName(a, b),
  "-lastSnapshotAt": (a, b) =>
    (b.lastSnapshot?.at.getTime() ?? 0) - (a.lastSnapshot?.at.getTime() ?? 0) || byName(a, b),
};

function matches(view: ClusterView, filter: ListOrgClusters["filter"]): boolean {
  const words = filter.search?.toLowerCase() ?? "";
  return (
    (filter.projectId === undefined || view.project.id === filter.projectId) &&
    (filter.tier === undefined || view.tier === filter.tier) &&
    (filter.health === undefined || view.health === filter.health) &&
    (filter.version === undefined || view.mongoDBVersion === filter.version) &&
    view.name.toLowerCase().includes(words)
  );
}

/** The cursor of this list is the last id shown: the order is computed, so it has no key of its own. */
function startAfter(views: readonly ClusterView[], cursor: string | null | undefined): number {
  if (!cursor) return 0;
  const at = views.findIndex((view) => view.id === cursor);
  if (at < 0) throw new DomainError("VALIDATION_ERROR", { params: { field: "cursor" } });
  return at + 1;
}

/** All Clusters: every cluster of the organization's projects that the reader can see, trouble first. */
export async function listOrgClusters(actor: Actor, org: OrgScope, input: ListOrgClusters): Promise<OrgClustersView> {
  const projects = await listVisibleProjects(actor, org);
  const readable = projects.filter((project) => can(actor, "cluster.read", { project }));
  const all = await presentClusters(actor, await readClusters(readable));
  const found = all.filter((view) => matches(view, input.filter)).sort(SORTS[input.sort]);
  const start = startAfter(found, input.cursor);
  const items = found.slice(start, start + input.limit);
  const hasMore = start + items.length < found.length;
  return {
    items,
    nextCursor: hasMore ? (items.at(-1)?.id ?? null) : null,
    total: found.length,
    projectCount: readable.length,
    needsYou: all.filter((view) => NEEDS_YOU.has(view.health)).length,
    hiddenProjects: projects
      .filter((project) => !readable.includes(project))
      .map((project) => ({ id: project.id, name: project.name })),
    versions: [...new Set(all.map((view) => view.mongoDBVersion))].sort(),
  };
}
