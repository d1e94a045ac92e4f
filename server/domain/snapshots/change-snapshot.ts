import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { db, type SnapshotModel } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import { recordingRefusals } from "../activity/record-refusal";
import { createRun } from "../runs/create-run";
import { requestCancel } from "../runs/request-cancel";
import { endSnapshot } from "./end-snapshot";
import { getSnapshotRow } from "./find-snapshot";
import { removeManifest } from "./remove-manifest";

function happeningOf(actor: Actor, project: ProjectScope, row: SnapshotModel, type: string) {
  return {
    organizationId: project.organizationId,
    projectId: project.id,
    type,
    actor,
    cluster: { id: row.clusterId, name: row.clusterName },
    details: { snapshotId: row.id, createdAt: row.createdAt.toISOString() },
  };
}

/** Queues a verification. Throws SNAPSHOT_NOT_FOUND, SNAPSHOT_NOT_COMPLETED. One that runs already is returned. */
export async function verifySnapshot(
  actor: Actor,
  project: ProjectScope,
  snapshotId: string,
): Promise<{ runId: string }> {
  return db().$transaction(async (tx) => {
    await tx.$queryRaw`select id from "Snapshot" where id = ${snapshotId} for update`;
    const row = await getSnapshotRow(project, snapshotId, tx);
    if (row.status !== "COMPLETED") throw new DomainError("SNAPSHOT_NOT_COMPLETED", { params: { snapshotId } });
    const running = await tx.run.findFirst({
      where: { subjectId: snapshotId, kind: "SNAPSHOT_VERIFY", status: { in: ["QUEUED", "RUNNING"] } },
      select: { id: true },
    });
    if (running) return { runId: running.id };
    const subject = { projectId: project.id, clusterId: row.clusterId, subjectId: row.id };
    const runId = await createRun(tx, { kind: "SNAPSHOT_VERIFY", ...subject });
    await recordActivity(tx, happeningOf(actor, project, row, "SNAPSHOT_VERIFY_REQUESTED"));
    return { runId };
  });
}

/** Asks the worker to stop taking it. Throws SNAPSHOT_NOT_FOUND, RUN_NOT_CANCELLABLE. */
export async function cancelSnapshot(actor: Actor, project: ProjectScope, snapshotId: string): Promise<void> {
  const row = await getSnapshotRow(project, snapshotId);
  const run = await db().run.findFirst({
    where: { subjectId: row.id, projectId: project.id, status: { in: ["QUEUED", "RUNNING"] } },
    orderBy: { createdAt: "desc" },
    select: { id: true },
  });
  if (!run) throw new DomainError("RUN_NOT_CANCELLABLE", { params: { snapshotId } });
  await requestCancel(actor, project, run.id);
}

/**
 * Deletes a snapshot for good. Throws SNAPSHOT_NOT_FOUND, CANNOT_DELETE_IN_PROGRESS_SNAPSHOT, and
 * ATLAS_CLUSTER_RESTORE_IN_PROGRESS while it is being restored. Nodes that others need stay.
 */
export async function deleteSnapshot(actor: Actor, project: ProjectScope, snapshotId: string): Promise<void> {
  const found = await getSnapshotRow(project, snapshotId);
  const happening = happeningOf(actor, project, found, "CPS_SNAPSHOT_DELETED_AUDIT");
  await recordingRefusals(happening, () =>
    db().$transaction(async (tx) => {
      await tx.$queryRaw`select id from "Snapshot" where id = ${snapshotId} for update`;
      const row = await getSnapshotRow(project, snapshotId, tx);
      await endSnapshot(tx, row);
      await recordActivity(tx, happening);
    }),
  );
  await removeManifest(db(), snapshotId);
}
