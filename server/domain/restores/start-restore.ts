import type { Actor } from "@/server/access/actor";
import { can } from "@/server/access/require-permission";
import type { ProjectScope } from "@/server/access/require-permission";
import type { Check } from "@/server/engine/restore/checks/check";
import { firstFailure } from "@/server/engine/restore/checks/check-restore";
import { db, toJsonColumn, type Tx } from "@/server/platform/db";
import { ERROR_KINDS, type ErrorCode } from "@/server/platform/errors/codes";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { recordActivity } from "../activity/record-activity";
import { recordingRefusals } from "../activity/record-refusal";
import { lockIdleCluster } from "../clusters/find-cluster";
import { findLocks } from "../clusters/find-lock";
import { createRun } from "../runs/create-run";
import { getSnapshotRow } from "../snapshots/find-snapshot";
import { gatherFor, needsAcceptUnblocked, readSides, type RestoreSides } from "./check-restore";
import type { CheckRestore } from "./schema";

export interface RestoreRequest extends CheckRestore {
  /** Null where the way in has no typed name (the Admin API names the target in the request). */
  typedName: string | null;
  acceptUnblocked: boolean;
}

export interface QueuedRestore {
  restoreId: string;
  runId: string;
}

/** The error that a failed check is: its own code where we have that, RESTORE_CHECK_FAILED otherwise. */
function failureError(check: Check): DomainError {
  const isKnown = check.errorCode !== null && Object.hasOwn(ERROR_KINDS, check.errorCode);
  const code = isKnown ? (check.errorCode as ErrorCode) : "RESTORE_CHECK_FAILED";
  const params = { check: check.title, fact: check.fact, errorCode: check.errorCode };
  return new DomainError(code, { message: `${check.title}: ${check.fact}`, params });
}

function assertConfirmed(sides: RestoreSides, request: RestoreRequest): void {
  if (request.typedName !== null && request.typedName !== sides.target.name) {
    throw new DomainError("RESTORE_NAME_MISMATCH", { params: { clusterName: sides.target.name } });
  }
}

/** The right is needed on both sides. Throws CANNOT_RESTORE_TO_TARGET. */
function assertMayRestore(actor: Actor, { source, targetProject }: RestoreSides): void {
  for (const project of [source, targetProject]) {
    if (!can(actor, "restore.start", { project })) {
      throw new DomainError("CANNOT_RESTORE_TO_TARGET", { params: { groupId: project.id, project: project.name } });
    }
  }
}

/**
 * Queues a restore. The worker checks all of it again just before the lock. Throws what `readSides` throws,
 * CANNOT_RESTORE_TO_TARGET, RESTORE_NAME_MISMATCH, the code of the first failed check, WRITE_BLOCK_UNSUPPORTED when the
 * server cannot block writes and nobody accepted that, ATLAS_CLUSTER_RESTORE_IN_PROGRESS.
 */
export async function startRestore(
  actor: Actor,
  project: ProjectScope,
  request: RestoreRequest,
): Promise<QueuedRestore> {
  const sides = await readSides(actor, project, request);
  const { snapshot, targetProject, target } = sides;
  const happening = {
    organizationId: targetProject.organizationId,
    projectId: targetProject.id,
    type: "CPS_RESTORE_REQUESTED_AUDIT",
    actor,
    cluster: { id: target.id, name: target.name },
    details: {
      snapshotId: snapshot.id,
      source: `${snapshot.clusterName} in ${project.name}`,
      acceptUnblocked: request.acceptUnblocked,
    },
  };
  return recordingRefusals(happening, async () => {
    assertMayRestore(actor, sides);
    assertConfirmed(sides, request);
    const { checks } = await gatherFor(actor, sides);
    const failure = firstFailure(checks);
    if (failure) throw failureError(failure);
    if (needsAcceptUnblocked(checks) && !request.acceptUnblocked) {
      throw new DomainError("WRITE_BLOCK_UNSUPPORTED", { params: { clusterName: target.name } });
    }
    return db().$transaction(async (tx) => {
      const queued = await insertRestore(tx, actor, sides, request, checks);
      await recordActivity(tx, { ...happening, details: { ...happening.details, restoreId: queued.restoreId } });
      return queued;
    });
  });
}

async function insertRestore(
  tx: Tx,
  actor: Actor,
  sides: RestoreSides,
  request: RestoreRequest,
  checks: Check[],
): Promise<QueuedRestore> {
  const { source, targetProject } = sides;
  await tx.$queryRaw`select id from "Snapshot" where id = ${sides.snapshot.id} for update`;
  const snapshot = await getSnapshotRow(source, sides.snapshot.id, tx);
  const target = await lockIdleCluster(tx, targetProject, sides.target.id);
  if ((await findLocks([target], tx)).size > 0) {
    throw new DomainError("ATLAS_CLUSTER_RESTORE_IN_PROGRESS", { params: { clusterName: target.name } });
  }
  const restore = await tx.restoreJob.create({
    data: {
      id: newId(),
      snapshotId: snapshot.id,
      sourceProjectId: source.id,
      sourceClusterId: snapshot.clusterId,
      sourceClusterName: snapshot.clusterName,
      targetProjectId: targetProject.id,
      targetClusterId: target.id,
      targetClusterName: target.name,
      status: "QUEUED",
      requestedById: actor.id,
      requestedByName: actor.name,
      checks: toJsonColumn(checks),
      acceptUnblocked: request.acceptUnblocked,
      typedName: request.typedName,
    },
  });
  const subject = { projectId: targetProject.id, clusterId: target.id, subjectId: restore.id };
  return { restoreId: restore.id, runId: await createRun(tx, { kind: "RESTORE", ...subject }) };
}
