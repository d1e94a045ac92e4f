import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { db, type RunModel, type SnapshotModel } from "@/server/platform/db";
import { toNumber } from "../common/values";
import { explainRights, type Explain } from "../members/explain-rights";
import { percentOf } from "../runs/progress";
import type { SnapshotView } from "./schema";

interface Known {
  clusterDeleted: boolean;
  run: RunModel | undefined;
  isBeingRestored: boolean;
  now: Date;
}

const UNFINISHED = "The snapshot is still being taken.";
const NO_DATA = "The snapshot did not complete: there is nothing in it to use.";

function presentCan(row: SnapshotModel, project: ProjectScope, known: Known, explain: Explain): SnapshotView["can"] {
  const running = row.status === "QUEUED" || row.status === "IN_PROGRESS";
  const isExpired = row.expiresAt !== null && row.expiresAt <= known.now;
  const unusable = running
    ? UNFINISHED
    : row.status !== "COMPLETED"
      ? NO_DATA
      : isExpired
        ? "The snapshot has expired."
        : null;
  const verifying = known.run?.kind === "SNAPSHOT_VERIFY" ? "It is being verified now." : null;
  const restoring = known.isBeingRestored ? "It is being restored now." : null;
  const cancellable = running && known.run?.cancellable && !known.run.cancelRequestedAt;
  return {
    restore: explain(project, "restore.start", unusable),
    verify: explain(project, "snapshot.verify", unusable ?? verifying),
    delete: explain(project, "snapshot.delete", running ? `${UNFINISHED} Cancel it first.` : (restoring ?? verifying)),
    cancel: explain(project, "snapshot.cancel", cancellable ? null : "There is nothing to cancel."),
  };
}

function presentSnapshot(row: SnapshotModel, project: ProjectScope, known: Known, explain: Explain): SnapshotView {
  const { run } = known;
  return {
    id: row.id,
    cluster: { id: row.clusterId, name: row.clusterName, deleted: known.clusterDeleted },
    projectId: row.projectId,
    kind: row.kind,
    status: row.status,
    expired: row.expiresAt !== null && row.expiresAt <= known.now,
    description: row.description,
    requestedBy: row.requestedByName,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    expiresAt: row.expiresAt,
    retentionDays: row.retentionDays,
    dataAt: dataAtOf(row),
    tier: row.clusterTier,
    cloudProvider: row.cloudProvider,
    region: row.region,
    mongoDBVersion: row.mongoDBVersion,
    fcv: row.fcv,
    fcvPinned: row.fcvPinned,
    consistent: row.consistent,
    inconsistentReason: row.inconsistentReason,
    documents: toNumber(row.documentCount),
    collections: row.collectionCount,
    dataBytes: toNumber(row.dataBytes),
    storedBytes: toNumber(row.storedBytes),
    verifiedAt: row.verifiedAt,
    verifyError: row.verifyError,
    provenAt: row.provenAt,
    error: row.errorCode ? { code: row.errorCode, message: row.errorMessage } : null,
    run:
      run && run.kind !== "RESTORE"
        ? {
            id: run.id,
            kind: run.kind,
            percent: percentOf(Number(run.doneBytes), Number(run.totalBytes)),
            step: run.step,
            message: run.message,
            bytesPerSecond: run.bytesPerSecond,
          }
        : null,
    can: presentCan(row, project, known, explain),
  };
}

/** The moment that the data is true for; null where the server had no cluster time. */
export function dataAtOf(row: Pick<SnapshotModel, "clusterTimeSeconds">): Date | null {
  return row.clusterTimeSeconds === null ? null : new Date(Number(row.clusterTimeSeconds) * 1000);
}

/** Rows of one project as the reader sees them. */
export async function presentSnapshots(
  actor: Actor,
  project: ProjectScope,
  rows: readonly SnapshotModel[],
): Promise<SnapshotView[]> {
  const ids = rows.map((row) => row.id);
  const [runs, restores, clusters, explain] = await Promise.all([
    db().run.findMany({
      where: { subjectId: { in: ids }, status: { in: ["QUEUED", "RUNNING"] } },
      orderBy: { createdAt: "asc" },
    }),
    db().restoreJob.findMany({
      where: { snapshotId: { in: ids }, status: { in: ["QUEUED", "IN_PROGRESS"] } },
      select: { snapshotId: true },
    }),
    db().cluster.findMany({
      where: { id: { in: [...new Set(rows.map((row) => row.clusterId))] }, deletedAt: { not: null } },
      select: { id: true },
    }),
    explainRights(actor, [project], ["snapshot.delete", "snapshot.take", "snapshot.verify", "restore.start"]),
  ]);
  const now = new Date();
  const runOf = new Map(runs.map((run) => [run.subjectId, run]));
  const deleted = new Set(clusters.map((cluster) => cluster.id));
  const restoring = new Set(restores.map((restore) => restore.snapshotId));
  return rows.map((row) =>
    presentSnapshot(
      row,
      project,
      {
        clusterDeleted: deleted.has(row.clusterId),
        run: runOf.get(row.id),
        isBeingRestored: restoring.has(row.id),
        now,
      },
      explain,
    ),
  );
}
