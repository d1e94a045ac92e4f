import type { Actor } from "@/server/access/actor";
import { requirePermission, type ProjectScope } from "@/server/access/require-permission";
import { RUN_CHANGED_CHANNEL } from "@/server/jobs/definitions/wake-run";
import { db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { notify } from "@/server/platform/postgres";
import { recordActivity } from "../activity/record-activity";
import { getRunRow } from "./find-run";

/** The right that cancelling this kind of run needs. */
const CANCELS = {
  SNAPSHOT_TAKE: "snapshot.cancel",
  SNAPSHOT_VERIFY: "snapshot.verify",
  RESTORE: "restore.cancel",
} as const;

export const cancelPermission = (kind: keyof typeof CANCELS) => CANCELS[kind];

/**
 * Notes that the run shall end; its worker sees it at the next heartbeat, or the next worker before it begins. Asking
 * twice changes nothing. Throws RUN_NOT_FOUND, USER_UNAUTHORIZED, RUN_NOT_CANCELLABLE.
 */
export async function requestCancel(actor: Actor, project: ProjectScope, runId: string): Promise<void> {
  const found = await getRunRow(project, runId);
  requirePermission(actor, CANCELS[found.kind], { project });
  await db().$transaction(async (tx) => {
    const { count } = await tx.run.updateMany({
      where: { id: runId, status: { in: ["QUEUED", "RUNNING"] }, cancellable: true, cancelRequestedAt: null },
      data: { cancelRequestedAt: new Date(), cancelRequestedBy: actor.name },
    });
    if (count === 0) {
      const run = await tx.run.findUniqueOrThrow({ where: { id: runId } });
      const isAsked = run.cancelRequestedAt !== null && (run.status === "QUEUED" || run.status === "RUNNING");
      if (isAsked) return;
      throw new DomainError("RUN_NOT_CANCELLABLE", { params: { runId, status: run.status } });
    }
    await notify(tx, RUN_CHANGED_CHANNEL, `${project.id} ${runId}`);
    const cluster = await tx.cluster.findUnique({ where: { id: found.clusterId }, select: { id: true, name: true } });
    await recordActivity(tx, {
      organizationId: project.organizationId,
      projectId: project.id,
      type: "RUN_CANCEL_REQUESTED",
      actor,
      cluster,
      details: { runId, kind: found.kind, subjectId: found.subjectId },
    });
  });
}
