import type { Actor } from "@/server/access/actor";
import { can, type OrgScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import { env } from "@/server/platform/env";
import { toNumber } from "../common/values";
import { explainOrgRights } from "../members/explain-rights";
import { listVisibleProjects } from "../projects/find-project";
import { getTarget } from "./find-target";
import { presentTarget, repositoryPlace, WITH_ASSIGNMENTS } from "./present";
import type {
  CollectionRound,
  NewTargetView,
  StorageView,
  TargetClusterView,
  TargetDetail,
  TargetRepositoryView,
} from "./schema";
import { sumUsage } from "./usage";

/** The organization's targets: the default first, then by age. */
export async function listTargets(actor: Actor, org: OrgScope): Promise<StorageView> {
  const [rows, usage, explain] = await Promise.all([
    db().storageTarget.findMany({
      where: { organizationId: org.id, removedAt: null },
      orderBy: [{ isDefault: "desc" }, { createdAt: "asc" }, { id: "asc" }],
      include: WITH_ASSIGNMENTS,
    }),
    sumUsage(org.id),
    explainOrgRights(actor, org),
  ]);
  return {
    targets: rows.map((row) => presentTarget(actor, org, row, usage.get(row.id), explain)),
    can: { add: explain("storage.manage") },
  };
}

/** What the form for a new target needs to know. */
export function describeNewTarget(org: OrgScope): NewTargetView {
  return { organization: { id: org.id, name: org.name }, folders: [...env.storageFolders] };
}

/** A target's own page. Throws STORAGE_TARGET_NOT_FOUND. */
export async function getTargetDetail(actor: Actor, org: OrgScope, targetId: string): Promise<TargetDetail> {
  await getTarget(db(), org.id, targetId);
  const [row, usage, explain, clusters, repositories, leaving, projects] = await Promise.all([
    db().storageTarget.findUniqueOrThrow({ where: { id: targetId }, include: WITH_ASSIGNMENTS }),
    sumUsage(org.id),
    explainOrgRights(actor, org),
    listClusters(targetId),
    listRepositories(targetId),
    db().snapshot.count({
      where: { repository: { targetId }, deletedAt: { not: null }, manifestId: { not: null } },
    }),
    listVisibleProjects(actor, org),
  ]);
  const visible = clusters.filter(({ scope }) => can(actor, "cluster.read", { project: scope }));
  return {
    ...presentTarget(actor, org, row, usage.get(targetId), explain),
    clusters: visible.map(({ view }) => view),
    hiddenClusters: clusters.length - visible.length,
    leaving,
    repositories: repositories.map(({ place, ...rest }) => ({ ...rest, place: place(row) })),
    canPrintKit: explain("recoveryKit.read"),
    projects: projects.map(({ id, name }) => ({ id, name })),
  };
}

async function listClusters(targetId: string) {
  const rows = await db().repositoryUsage.findMany({
    where: { repository: { targetId }, keptSnapshots: { gt: 0 } },
    orderBy: [{ keptStoredBytes: "desc" }, { clusterId: "asc" }],
    include: { cluster: { include: { project: true } } },
  });
  return rows.map(({ cluster, keptSnapshots, keptStoredBytes }) => {
    const { project } = cluster;
    const view: TargetClusterView = {
      cluster: { id: cluster.id, name: cluster.name },
      project: { id: project.id, name: project.name },
      deleted: cluster.deletedAt !== null,
      snapshots: keptSnapshots,
      storedBytes: toNumber(keptStoredBytes),
    };
    return { scope: project, view };
  });
}

type Unplaced = Omit<TargetRepositoryView, "place"> & { place: (target: { location: string | null }) => string };

async function listRepositories(targetId: string): Promise<Unplaced[]> {
  const rows = await db().repository.findMany({ where: { targetId }, orderBy: { createdAt: "asc" } });
  return Promise.all(
    rows.map(async (row) => {
      const [packs, round] = await Promise.all([
        db().repositoryPack.aggregate({
          where: { repositoryId: row.id },
          _sum: { storedBytes: true },
          _count: true,
        }),
        db().garbageRound.findFirst({ where: { repositoryId: row.id }, orderBy: { startedAt: "desc" } }),
      ]);
      return {
        id: row.id,
        place: (target: { location: string | null }) => repositoryPlace(target, row),
        storedBytes: toNumber(packs._sum.storedBytes) ?? 0,
        packs: packs._count,
        createdAt: row.createdAt,
        lastCollection: round && presentRound(round),
      };
    }),
  );
}

function presentRound(round: {
  startedAt: Date;
  finishedAt: Date | null;
  deletedBytes: bigint;
  waitingBytes: bigint;
  errorCode: string | null;
  errorMessage: string | null;
}): CollectionRound {
  return {
    startedAt: round.startedAt,
    finishedAt: round.finishedAt,
    deletedBytes: toNumber(round.deletedBytes),
    waitingBytes: toNumber(round.waitingBytes),
    error: round.errorCode === null ? null : { code: round.errorCode, message: round.errorMessage },
  };
}
