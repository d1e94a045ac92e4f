import type { Actor } from "@/server/access/actor";
import { can, type ProjectScope } from "@/server/access/require-permission";
import { db, type RestoreJobModel, type RunModel, type SnapshotModel } from "@/server/platform/db";
import { blocked } from "../common/values";
import { explainRights, type Explain } from "../members/explain-rights";
import { percentOf } from "../runs/progress";
import { dataAtOf } from "../snapshots/present";
import type { RestoreView } from "./schema";

interface Known {
  snapshot: SnapshotModel;
  projects: ReadonlyMap<string, ProjectScope>;
  run: RunModel | undefined;
  /** The reader sees the target's project. */
  seesTarget: boolean;
}

function whyNoCancel(row: RestoreJobModel, run: RunModel | undefined): string | null {
  if (row.status !== "QUEUED" && row.status !== "IN_PROGRESS") return "The restore has ended.";
  if (run?.cancelRequestedAt) return "Cancelling was asked for already.";
  return run?.cancellable === false ? "It is past its commit point and only finishes what it began." : null;
}

function presentRestore(row: RestoreJobModel, known: Known, explain: Explain): RestoreView {
  const { snapshot, projects, run } = known;
  const projectRef = (id: string) => ({ id, name: projects.get(id)?.name ?? "A deleted project" });
  const targetProject = projects.get(row.targetProjectId);
  return {
    id: row.id,
    status: row.status,
    snapshot: { id: snapshot.id, createdAt: snapshot.createdAt, dataAt: dataAtOf(snapshot), kind: snapshot.kind },
    source: {
      cluster: { id: row.sourceClusterId, name: row.sourceClusterName },
      project: projectRef(row.sourceProjectId),
    },
    target: {
      cluster: { id: row.targetClusterId, name: row.targetClusterName },
      project: projectRef(row.targetProjectId),
    },
    requestedBy: row.requestedByName,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    error: row.errorCode ? { code: row.errorCode, message: row.errorMessage } : null,
    run: run
      ? {
          id: run.id,
          percent: percentOf(Number(run.doneBytes), Number(run.totalBytes)),
          step: run.step,
          message: run.message,
          bytesPerSecond: run.bytesPerSecond,
        }
      : null,
    hasReport: row.report !== null,
    can: {
      cancel:
        targetProject && known.seesTarget
          ? explain(targetProject, "restore.cancel", whyNoCancel(row, run))
          : blocked("The restore runs in a project that you do not belong to."),
    },
  };
}

/** Rows as the reader sees them; `run` is the run of each, ended ones included. */
export async function presentRestores(actor: Actor, rows: readonly RestoreJobModel[]): Promise<RestoreView[]> {
  const projectIds = [...new Set(rows.flatMap((row) => [row.sourceProjectId, row.targetProjectId]))];
  const [snapshots, projects, runs] = await Promise.all([
    db().snapshot.findMany({ where: { id: { in: [...new Set(rows.map((row) => row.snapshotId))] } } }),
    db().project.findMany({
      where: { id: { in: projectIds } },
      select: { id: true, name: true, organizationId: true },
    }),
    db().run.findMany({ where: { subjectId: { in: rows.map((row) => row.id) } }, orderBy: { createdAt: "asc" } }),
  ]);
  const seen = projects.filter((project) => can(actor, "project.read", { project }));
  const explain = await explainRights(actor, seen, ["restore.cancel"]);
  const snapshotOf = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const projectOf = new Map(projects.map((project) => [project.id, project]));
  const runOf = new Map(runs.map((run) => [run.subjectId, run]));
  return rows.flatMap((row) => {
    const snapshot = snapshotOf.get(row.snapshotId);
    if (!snapshot) return [];
    const seesTarget = seen.some((project) => project.id === row.targetProjectId);
    return presentRestore(row, { snapshot, projects: projectOf, run: runOf.get(row.id), seesTarget }, explain);
  });
}
