import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { db, type RunModel } from "@/server/platform/db";
import * as z from "zod/mini";
import { explainRights } from "../members/explain-rights";
import { percentOf, secondsLeft } from "./progress";
import { cancelPermission } from "./request-cancel";
import type { RunSummary, RunView } from "./schema";

/** Shown one by one; the counts cover the others. */
const COLLECTIONS_SHOWN = 50;

/** What the worker keeps in the row's json columns. */
const StoredCollections = z.array(
  z.object({
    name: z.string(),
    bytes: z.number(),
    documents: z.number(),
    doneBytes: z.number(),
    doneDocuments: z.number(),
  }),
);
const StoredSamples = z.array(z.object({ at: z.string(), bytesPerSecond: z.number() }));

/** Who asked for the snapshot or restore that each run works for, by subject. */
async function findRequesters(runs: readonly RunModel[]): Promise<Map<string, string | null>> {
  const subjects = runs.map((run) => run.subjectId);
  const select = { id: true, requestedByName: true } as const;
  const [snapshots, restores] = await Promise.all([
    db().snapshot.findMany({ where: { id: { in: subjects } }, select }),
    db().restoreJob.findMany({ where: { id: { in: subjects } }, select }),
  ]);
  return new Map([...snapshots, ...restores].map((row) => [row.id, row.requestedByName]));
}

/** Runs in few words, for lists and the frame. */
export async function summarizeRuns(runs: readonly RunModel[]): Promise<RunSummary[]> {
  const [clusters, requesters] = await Promise.all([
    db().cluster.findMany({
      where: { id: { in: runs.map((run) => run.clusterId) } },
      select: { id: true, name: true },
    }),
    findRequesters(runs),
  ]);
  const names = new Map(clusters.map((cluster) => [cluster.id, cluster.name]));
  return runs.map((run) => {
    const done = Number(run.doneBytes);
    const total = Number(run.totalBytes);
    const isRunning = run.status === "RUNNING";
    return {
      id: run.id,
      kind: run.kind,
      status: run.status,
      projectId: run.projectId,
      cluster: { id: run.clusterId, name: names.get(run.clusterId) ?? "A deleted cluster" },
      subjectId: run.subjectId,
      startedBy: requesters.get(run.subjectId) ?? null,
      step: run.step,
      message: run.message,
      percent: run.status === "COMPLETED" ? 100 : percentOf(done, total),
      bytesPerSecond: isRunning ? run.bytesPerSecond : null,
      secondsLeft: isRunning ? secondsLeft(done, total, run.bytesPerSecond) : null,
      createdAt: run.createdAt,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
    };
  });
}

function presentCollections(stored: unknown): Pick<RunView, "collections" | "collectionCounts"> {
  const parsed = StoredCollections.safeParse(stored);
  const all = parsed.success ? parsed.data : [];
  const isDone = (one: (typeof all)[number]) => one.doneDocuments >= one.documents && one.doneBytes >= one.bytes;
  const done = all.filter(isDone).length;
  const running = all.filter((one) => !isDone(one) && one.doneDocuments > 0).length;
  const largest = [...all].sort((a, b) => b.bytes - a.bytes).slice(0, COLLECTIONS_SHOWN);
  return {
    collections: largest.map((one) => ({
      name: one.name,
      doneBytes: Math.round(one.doneBytes),
      totalBytes: Math.round(one.bytes),
      doneDocuments: one.doneDocuments,
      totalDocuments: one.documents,
    })),
    collectionCounts: { done, running, waiting: all.length - done - running },
  };
}

function whyNoCancel(run: RunModel): string | null {
  if (run.status !== "QUEUED" && run.status !== "RUNNING") return "The run has ended.";
  if (run.cancelRequestedAt) return "Cancelling was asked for already.";
  return run.cancellable ? null : "It is past its commit point and only finishes what it began.";
}

/** A run's own page: steps, collections, throughput, what the reader may do. */
export async function presentRun(actor: Actor, project: ProjectScope, run: RunModel): Promise<RunView> {
  const permission = cancelPermission(run.kind);
  const [[summary], steps, explain] = await Promise.all([
    summarizeRuns([run]),
    db().runStep.findMany({ where: { runId: run.id }, orderBy: { position: "asc" } }),
    explainRights(actor, [project], [permission]),
  ]);
  const samples = StoredSamples.safeParse(run.samples);
  return {
    ...summary!,
    attempt: run.attempt,
    worker: run.workerId,
    heartbeatAt: run.heartbeatAt,
    cancelRequestedAt: run.cancelRequestedAt,
    cancelRequestedBy: run.cancelRequestedBy,
    doneBytes: Number(run.doneBytes),
    totalBytes: Number(run.totalBytes),
    doneDocuments: Number(run.doneDocuments),
    totalDocuments: Number(run.totalDocuments),
    steps: steps.map((step) => ({
      name: step.name,
      status: step.status,
      message: step.message,
      startedAt: step.startedAt,
      finishedAt: step.finishedAt,
    })),
    ...presentCollections(run.collections),
    samples: samples.success
      ? samples.data.map((sample) => ({ at: new Date(sample.at), bytesPerSecond: sample.bytesPerSecond }))
      : [],
    error: run.errorCode ? { code: run.errorCode, message: run.errorMessage } : null,
    can: { cancel: explain(project, permission, whyNoCancel(run)) },
  };
}
