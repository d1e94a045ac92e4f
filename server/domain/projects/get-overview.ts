import type { Actor } from "@/server/access/actor";
import { can, type ProjectScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import { sumStored } from "../clusters/get-cluster";
import { listClusters } from "../clusters/list-clusters";
import type { ClusterView } from "../clusters/schema";
import { explainRights } from "../members/explain-rights";
import { listRunning } from "../runs/service";
import type { NeedsYou, ProjectOverview } from "./schema";

const DAY_MS = 24 * 60 * 60_000;
const HISTORY_DAYS = 30;
const PROVEN_WITHIN_MS = 7 * DAY_MS;

const NOTHING = { snapshotId: null, restoreId: null, count: null, message: null } as const;

/** What asks for a person about this cluster, the worst first. */
function needsOf(view: ClusterView): NeedsYou[] {
  const cluster = { id: view.id, name: view.name };
  if (view.health === "unreachable") {
    const message = view.stateMessage;
    return [{ ...NOTHING, kind: "unreachable", severity: "bad", cluster, since: view.observedAt, message }];
  }
  if (view.health === "notConnected") {
    return [{ ...NOTHING, kind: "notConnected", severity: "warn", cluster, since: null }];
  }
  if (view.health === "snapshotFailed" && view.lastFailure) {
    const { snapshotId, at: since, message } = view.lastFailure;
    return [{ ...NOTHING, kind: "snapshotFailed", severity: "bad", cluster, since, snapshotId, message }];
  }
  if (view.health === "noSnapshot") {
    return [{ ...NOTHING, kind: "noSnapshot", severity: "warn", cluster, since: view.createdAt }];
  }
  const needs: NeedsYou[] = [];
  if (view.health === "neverProven") {
    const since = view.lastSnapshot?.at ?? null;
    needs.push({ ...NOTHING, kind: "neverProven", severity: "warn", cluster, since, count: view.snapshotCount });
  }
  if (view.lastSnapshot && !view.lastSnapshot.consistent) {
    const { id: snapshotId, at: since } = view.lastSnapshot;
    needs.push({ ...NOTHING, kind: "notConsistent", severity: "warn", cluster, since, snapshotId });
  }
  return needs;
}

/** The last restore into each cluster, where it failed and nothing succeeded since. */
async function failedRestores(project: ProjectScope): Promise<NeedsYou[]> {
  const recent = await db().restoreJob.findMany({
    where: { targetProjectId: project.id, finishedAt: { gte: new Date(new Date().getTime() - PROVEN_WITHIN_MS) } },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: 100,
  });
  const last = new Map<string, (typeof recent)[number]>();
  for (const restore of recent) if (!last.has(restore.targetClusterId)) last.set(restore.targetClusterId, restore);
  return [...last.values()]
    .filter((restore) => restore.status === "FAILED")
    .map((restore) => ({
      ...NOTHING,
      kind: "restoreFailed",
      severity: "bad",
      cluster: { id: restore.targetClusterId, name: restore.targetClusterName },
      since: restore.finishedAt,
      restoreId: restore.id,
      message: restore.errorMessage,
    }));
}

interface DayRow {
  day: string;
  added: bigint;
}

/** Stored bytes of the snapshots that exist now, by the day they came; `total` is what they take today. */
async function storedHistory(
  project: ProjectScope,
  now: Date,
  total: number,
): Promise<ProjectOverview["storedHistory"]> {
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - HISTORY_DAYS + 1));
  const rows = await db().$queryRaw<DayRow[]>`
    select to_char("finishedAt" at time zone 'UTC', 'YYYY-MM-DD') as day, sum("storedBytes")::bigint as added
    from "Snapshot"
    where "projectId" = ${project.id} and status = 'COMPLETED' and "deletedAt" is null and "finishedAt" >= ${first}
    group by 1`;
  const added = new Map(rows.map((row) => [row.day, Number(row.added)]));
  let storedBytes = total - [...added.values()].reduce((sum, bytes) => sum + bytes, 0);
  return Array.from({ length: HISTORY_DAYS }, (_, index) => {
    const day = new Date(first.getTime() + index * DAY_MS).toISOString().slice(0, 10);
    const addedBytes = added.get(day) ?? 0;
    storedBytes += addedBytes;
    return { day, storedBytes, addedBytes };
  });
}

/** The project's first page: is my data safe, what needs me, what runs. */
export async function getOverview(actor: Actor, project: ProjectScope): Promise<ProjectOverview> {
  const now = new Date();
  const seesBackups = can(actor, "snapshot.read", { project });
  const clusters = await listClusters(actor, project);
  const stored = seesBackups
    ? await sumStored({ projectId: project.id })
    : { storedBytes: 0, fullCopyBytes: 0, snapshots: 0 };
  const [running, history, failed, explain] = await Promise.all([
    seesBackups ? listRunning([project]) : null,
    seesBackups ? storedHistory(project, now, stored.storedBytes) : [],
    seesBackups ? failedRestores(project) : [],
    explainRights(actor, [project], ["snapshot.take", "restore.start", "cluster.create"]),
  ]);
  const living = clusters.filter((view) => view.deletedAt === null);
  const withBackups = living.filter((view) => view.backupEnabled);
  const provenSince = now.getTime() - PROVEN_WITHIN_MS;
  const needsYou = seesBackups ? [...failed, ...living.flatMap(needsOf)] : [];
  const severity = { bad: 0, warn: 1 };
  needsYou.sort((a, b) => severity[a.severity] - severity[b.severity]);
  const newest = withBackups.flatMap((view) => view.lastSnapshot?.at.getTime() ?? []);
  return {
    project: { id: project.id, name: project.name },
    lookedAt: now,
    verdict: {
      clusters: living.length,
      withBackups: withBackups.length,
      restorable: withBackups.filter((view) => view.lastSnapshot !== null).length,
      provenLast7Days: withBackups.filter((view) => (view.lastProven?.at.getTime() ?? 0) >= provenSince).length,
      needsYou: needsYou.length,
      withoutBackups: living.filter((view) => !view.backupEnabled).map((view) => view.name),
    },
    newestSnapshotAt: newest.length > 0 ? new Date(Math.max(...newest)) : null,
    stored,
    needsYou,
    clusters,
    running: running?.runs ?? [],
    storedHistory: history,
    can: {
      takeSnapshot: explain(project, "snapshot.take"),
      restore: explain(project, "restore.start"),
      createCluster: explain(project, "cluster.create"),
    },
  };
}
