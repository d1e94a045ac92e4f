import { createHash } from "node:crypto";
import { knownProjectRoles, roleLabel } from "@/server/access/roles";
import type { RestoreReport } from "@/server/domain/restores/schema";
import type { RestoreResult, RestoredCollection } from "@/server/engine/restore/journal";
import type { Tx } from "@/server/platform/db";
import type { RunContext } from "../run-handler";
import type { RestoreRows } from "./restore-facts";
import type { PastLock } from "./restore-lock";

/** How a restore ended: with its result, or with the error that ended it; the lock as far as it was taken. */
export interface RestoreOutcome {
  result: RestoreResult | null;
  lock: PastLock | null;
  error: { code: string; message: string | null; status: "FAILED" | "CANCELLED" } | null;
}

/** The proof as it is kept: what was restored, verified how, by whom, when. Only what is known, null for the rest. */
export async function makeRestoreReport(
  tx: Tx,
  context: RunContext,
  rows: RestoreRows,
  outcome: RestoreOutcome,
  now: Date,
): Promise<RestoreReport> {
  const { job, snapshot, target } = rows;
  const { result, error, lock } = outcome;
  return {
    restoreId: job.id,
    outcome: error === null ? "proven" : error.status === "CANCELLED" ? "cancelled" : "failed",
    madeAt: now.toISOString(),
    source: {
      cluster: job.sourceClusterName,
      project: rows.sourceProject.name,
      mongoDBVersion: snapshot.mongoDBVersion,
      snapshotId: snapshot.id,
      manifestId: snapshot.manifestId,
      dataAt: snapshot.clusterTimeSeconds ? new Date(Number(snapshot.clusterTimeSeconds) * 1000).toISOString() : null,
      consistent: snapshot.consistent,
    },
    target: { cluster: target.name, project: rows.targetProject.name, mongoDBVersion: target.mongoDBVersion },
    plan: "fullLoad",
    who: await describeWho(tx, context, rows, now),
    writes: {
      blockedFrom: lock?.since.toISOString() ?? null,
      blockedUntil: lock?.until.toISOString() ?? null,
      serverSide: lock?.serverSide ?? false,
      releaseVerified: lock?.released ?? false,
      blockedSeconds: lock ? (lock.until.getTime() - lock.since.getTime()) / 1000 : null,
    },
    root: rootsOf(result?.collections ?? []),
    totals: {
      documents: result?.documents ?? 0,
      bytes: result?.bytes ?? 0,
      collections: result?.collections.length ?? 0,
      indexes: result?.collections.reduce((sum, collection) => sum + collection.indexes, 0) ?? 0,
    },
    collections: (result?.collections ?? []).map((collection) => ({
      namespace: `${collection.database}.${collection.name}`,
      documents: collection.documents,
      bytes: collection.bytes,
      indexes: collection.indexes,
      rootWanted: collection.sourceRoot,
      rootReadBack: collection.restoredRoot,
      equal: collection.sourceRoot === collection.restoredRoot,
    })),
    views: (result?.views ?? []).map((view) => `${view.database}.${view.name}`),
    removed: result?.removed ?? [],
    differences: result?.differences ?? [],
    steps: await describeSteps(tx, context.run.id, now),
    error: error === null ? null : { code: error.code, message: error.message },
  };
}

/** One hash over the canonical roots of all collections, by namespace: two states are equal exactly when it is. */
function rootsOf(collections: RestoredCollection[]): RestoreReport["root"] {
  if (collections.length === 0) return { wanted: null, readBack: null };
  const sorted = [...collections].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const over = (rootOf: (collection: RestoredCollection) => string | null): string => {
    const hash = createHash("sha256");
    for (const collection of sorted) hash.update(`${nameOf(collection)}\0${rootOf(collection) ?? "empty"}\n`);
    return hash.digest("hex");
  };
  return { wanted: over((one) => one.sourceRoot), readBack: over((one) => one.restoredRoot) };
}

function nameOf(collection: RestoredCollection): string {
  return `${collection.database}.${collection.name}`;
}

async function describeWho(tx: Tx, context: RunContext, rows: RestoreRows, now: Date): Promise<RestoreReport["who"]> {
  const { job, sourceProject, targetProject, target } = rows;
  const projects = sourceProject.id === targetProject.id ? [sourceProject] : [sourceProject, targetProject];
  const asked = await tx.activityEntry.findFirst({
    where: {
      type: "CPS_RESTORE_REQUESTED_AUDIT",
      projectId: targetProject.id,
      details: { path: ["restoreId"], equals: job.id },
    },
    select: { sequence: true, hash: true },
  });
  const allowedBy = [];
  for (const project of projects) {
    const roles = job.requestedById ? await rolesIn(tx, job.requestedById, project.id) : [];
    allowedBy.push({ project: project.name, roles });
  }
  return {
    requestedBy: job.requestedByName,
    requestedAt: job.createdAt.toISOString(),
    allowedBy,
    typedName: job.typedName ?? target.name,
    worker: context.lease.workerId,
    startedAt: (job.startedAt ?? context.run.startedAt ?? now).toISOString(),
    finishedAt: now.toISOString(),
    attempts: context.lease.attempt,
    activitySequence: asked ? Number(asked.sequence) : null,
    activityHash: asked ? Buffer.from(asked.hash).toString("hex") : null,
  };
}

async function rolesIn(tx: Tx, requesterId: string, projectId: string): Promise<string[]> {
  const member = await tx.projectMember.findUnique({
    where: { projectId_userId: { projectId, userId: requesterId } },
    select: { roles: true },
  });
  const key = member
    ? null
    : await tx.apiKeyProject.findUnique({ where: { apiKeyId_projectId: { apiKeyId: requesterId, projectId } } });
  return knownProjectRoles(member?.roles ?? key?.roles ?? []).map(roleLabel);
}

async function describeSteps(tx: Tx, runId: string, now: Date): Promise<RestoreReport["steps"]> {
  const steps = await tx.runStep.findMany({ where: { runId }, orderBy: { position: "asc" } });
  return steps
    .filter((step) => step.startedAt !== null)
    .map((step) => ({
      name: step.name,
      startedAt: step.startedAt?.toISOString() ?? null,
      seconds: step.startedAt ? ((step.finishedAt ?? now).getTime() - step.startedAt.getTime()) / 1000 : null,
    }));
}
