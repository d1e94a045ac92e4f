import type { Actor } from "@/server/access/actor";
import { can, type OrgScope, type ProjectScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import { presentClusters } from "../clusters/present";
import { listVisibleProjects } from "../projects/find-project";
import type { Search, SearchResults } from "./schema";

const EACH_MAX = 6;
const ID_START = /^[0-9a-f]{6,24}$/;

async function findSnapshots(projects: readonly ProjectScope[], text: string): Promise<SearchResults["snapshots"]> {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0];
  const from = day ? new Date(`${day}T00:00:00Z`) : null;
  const isDay = from !== null && !Number.isNaN(from.getTime());
  if (!isDay && !ID_START.test(text)) return [];
  const rows = await db().snapshot.findMany({
    where: {
      projectId: { in: projects.map((project) => project.id) },
      deletedAt: null,
      ...(isDay
        ? { createdAt: { gte: from, lt: new Date(from.getTime() + 86_400_000) } }
        : { id: { startsWith: text } }),
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: EACH_MAX,
  });
  return rows.map((row) => ({
    id: row.id,
    cluster: { id: row.clusterId, name: row.clusterName },
    projectId: row.projectId,
    createdAt: row.createdAt,
    status: row.status,
    kind: row.kind,
  }));
}

async function findPeople(org: OrgScope, text: string): Promise<SearchResults["people"]> {
  const contains = { contains: text, mode: "insensitive" } as const;
  const members = await db().organizationMember.findMany({
    where: { organizationId: org.id, user: { OR: [{ name: contains }, { email: contains }] } },
    orderBy: { user: { name: "asc" } },
    take: EACH_MAX,
    select: { user: { select: { id: true, name: true, email: true } } },
  });
  return members.map(({ user }) => ({ id: user.id, name: user.name, email: user.email }));
}

/** What the palette finds, and what can be done with it. Only what the reader may know of. */
export async function search(actor: Actor, org: OrgScope, input: Search): Promise<SearchResults> {
  const text = input.text.trim().toLowerCase();
  const empty: SearchResults = { projects: [], clusters: [], snapshots: [], people: [], actions: [] };
  if (text === "") return empty;
  const projects = await listVisibleProjects(actor, org);
  const readable = projects.filter((project) => can(actor, "cluster.read", { project }));
  const byId = new Map(readable.map((project) => [project.id, project]));
  const rows = await db().cluster.findMany({
    where: {
      projectId: { in: [...byId.keys()] },
      deletedAt: null,
      OR: [{ name: { contains: text, mode: "insensitive" } }, { id: text }],
    },
    orderBy: { name: "asc" },
    take: EACH_MAX,
  });
  const withBackups = projects.filter((project) => can(actor, "snapshot.read", { project }));
  const [clusters, snapshots, people] = await Promise.all([
    presentClusters(
      actor,
      rows.map((cluster) => ({ cluster, project: byId.get(cluster.projectId)! })),
    ),
    findSnapshots(withBackups, text),
    findPeople(org, text),
  ]);
  return {
    projects: projects
      .filter((project) => project.name.toLowerCase().includes(text))
      .slice(0, EACH_MAX)
      .map(({ id, name }) => ({ id, name })),
    clusters: clusters.map(({ id, name, project, tier, health }) => ({ id, name, project, tier, health })),
    snapshots,
    people,
    actions: clusters.slice(0, 3).flatMap((view) => {
      const cluster = { id: view.id, name: view.name };
      return [
        { id: "takeSnapshot" as const, cluster, project: view.project, can: view.can.takeSnapshot },
        { id: "restore" as const, cluster, project: view.project, can: view.can.restore },
      ];
    }),
  };
}
