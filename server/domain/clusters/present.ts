import type { Actor } from "@/server/access/actor";
import { can, type ProjectScope } from "@/server/access/require-permission";
import { db, type ClusterModel } from "@/server/platform/db";
import { blocked, toNumber } from "../common/values";
import { explainRights, type Explain } from "../members/explain-rights";
import { percentOf } from "../runs/progress";
import { findLocks, type ClusterLock } from "./find-lock";
import { judgeHealth } from "./health";
import { isNotConnected } from "./not-connected";
import type { ClusterView } from "./schema";
import { summarizeSnapshots, type SnapshotSummary } from "./summarize";
import { whyNoSnapshots } from "./tiers";

interface Known {
  summary: SnapshotSummary | undefined;
  lock: ClusterLock | undefined;
  provenBy: { restoreId: string; by: string | null } | undefined;
  /** False for a reader who sees the cluster but not its backups. */
  seesBackups: boolean;
}

function whyNotNow(cluster: ClusterModel, lock: ClusterLock | undefined): string | null {
  if (cluster.state === "CREATING") return "The cluster is being created.";
  if (cluster.state !== "IDLE") return "The cluster is terminated.";
  return lock ? `${lock.reason} The cluster cannot be changed until the restore ends.` : null;
}

function presentCan(cluster: ClusterModel, project: ProjectScope, known: Known, explain: Explain): ClusterView["can"] {
  const { summary, lock } = known;
  const notNow = whyNotNow(cluster, lock);
  const unconnected = isNotConnected(cluster) ? "The cluster is not connected. Connect it again first." : null;
  const running = summary?.running ? "A snapshot of this cluster is already being taken." : null;
  const nothing = summary?.last ? null : "This cluster has no completed snapshot.";
  return {
    takeSnapshot: explain(project, "snapshot.take", whyNoSnapshots(cluster.tier) ?? notNow ?? unconnected ?? running),
    restore: explain(project, "restore.start", nothing),
    update: explain(project, "cluster.update", notNow),
    delete: explain(project, "cluster.delete", notNow),
    connect:
      cluster.state === "IDLE"
        ? explain(project, "cluster.connect", unconnected)
        : blocked("The cluster is not running."),
  };
}

function presentCluster(cluster: ClusterModel, project: ProjectScope, known: Known, explain: Explain): ClusterView {
  const { summary, lock, provenBy, seesBackups } = known;
  const shown = seesBackups ? summary : undefined;
  const proven = shown?.lastProven;
  return {
    id: cluster.id,
    name: cluster.name,
    project: { id: project.id, name: project.name },
    tier: cluster.tier,
    cloudProvider: cluster.cloudProvider,
    region: cluster.region,
    mongoDBVersion: cluster.mongoDBVersion,
    fcv: cluster.fcv,
    fcvPinned: cluster.fcvPinned,
    fcvPinnedUntil: cluster.fcvPinnedUntil,
    deploymentKind: cluster.deploymentKind,
    state: cluster.state,
    stateMessage: cluster.stateMessage,
    health: judgeHealth(cluster, summary, lock),
    backupEnabled: cluster.backupEnabled,
    dataBytes: toNumber(cluster.dataSizeBytes),
    documents: toNumber(cluster.documentCount),
    diskBytes: toNumber(cluster.diskSizeBytes),
    observedAt: cluster.observedAt,
    reachable: cluster.reachable,
    createdAt: cluster.createdAt,
    deletedAt: cluster.deletedAt,
    snapshotCount: shown?.snapshotCount ?? 0,
    lastSnapshot: shown?.last ?? null,
    lastFailure: shown?.lastFailure
      ? { snapshotId: shown.lastFailure.id, at: shown.lastFailure.at, message: shown.lastFailure.message }
      : null,
    lastProven: proven
      ? { at: proven.at, snapshotId: proven.id, restoreId: provenBy?.restoreId ?? null, by: provenBy?.by ?? null }
      : null,
    lastVerifiedAt: shown?.lastVerifiedAt ?? null,
    runningSnapshot: shown?.running
      ? {
          runId: shown.running.runId,
          snapshotId: shown.running.snapshotId,
          percent: percentOf(shown.running.doneBytes, shown.running.totalBytes),
        }
      : null,
    lock: lock
      ? {
          since: lock.since,
          heartbeatAt: lock.heartbeatAt,
          reason: lock.reason,
          runId: lock.runId,
          restoreId: null,
          serverSide: lock.serverSide,
        }
      : null,
    can: presentCan(cluster, project, known, explain),
  };
}

async function findProvingRestores(
  snapshotIds: string[],
): Promise<Map<string, { restoreId: string; by: string | null }>> {
  const restores = await db().restoreJob.findMany({
    where: { snapshotId: { in: snapshotIds }, status: "COMPLETED" },
    orderBy: { finishedAt: "asc" },
    select: { id: true, snapshotId: true, requestedByName: true },
  });
  return new Map(restores.map((one) => [one.snapshotId, { restoreId: one.id, by: one.requestedByName }]));
}

async function withRestoreIds(actor: Actor, project: ProjectScope, view: ClusterView): Promise<ClusterView> {
  if (!view.lock || !can(actor, "restore.read", { project })) return view;
  const run = await db().run.findUnique({ where: { id: view.lock.runId }, select: { subjectId: true } });
  return { ...view, lock: { ...view.lock, restoreId: run?.subjectId ?? null } };
}

/** Rows as their readers see them: state, what their snapshots say, locks, and what the reader may do. */
export async function presentClusters(
  actor: Actor,
  rows: ReadonlyArray<{ cluster: ClusterModel; project: ProjectScope }>,
): Promise<ClusterView[]> {
  const ids = rows.map(({ cluster }) => cluster.id);
  const projects = [...new Map(rows.map(({ project }) => [project.id, project])).values()];
  const [summaries, locks, explain] = await Promise.all([
    summarizeSnapshots(ids),
    findLocks(rows.map(({ cluster }) => cluster)),
    explainRights(actor, projects, ["cluster.delete", "snapshot.take", "restore.start", "cluster.update"]),
  ]);
  const provenIds = [...summaries.values()].flatMap((summary) => summary.lastProven?.id ?? []);
  const proving = await findProvingRestores(provenIds);
  return Promise.all(
    rows.map(({ cluster, project }) => {
      const summary = summaries.get(cluster.id);
      const known: Known = {
        summary,
        lock: locks.get(cluster.id),
        provenBy: summary?.lastProven ? proving.get(summary.lastProven.id) : undefined,
        seesBackups: can(actor, "snapshot.read", { project }),
      };
      return withRestoreIds(actor, project, presentCluster(cluster, project, known, explain));
    }),
  );
}
