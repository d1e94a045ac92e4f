import { SYSTEM } from "@/server/access/actor";
import { recordActivity } from "@/server/domain/activity/record-activity";
import type { ActivityType } from "@/server/domain/activity/titles";
import { toJsonColumn, type Tx } from "@/server/platform/db";
import type { RunContext } from "../run-handler";
import type { RestoreRows } from "./restore-facts";
import { makeRestoreReport, type RestoreOutcome } from "./restore-report";

/** What becomes true with the end of a restore: no lock, the report, the proof of the snapshot, the activity. */
export async function concludeRestore(
  tx: Tx,
  context: RunContext,
  rows: RestoreRows,
  outcome: RestoreOutcome,
): Promise<void> {
  const { job, snapshot, target } = rows;
  const { result, error } = outcome;
  const status = error?.status ?? "COMPLETED";
  const now = new Date();
  await tx.serverLock.deleteMany({ where: { runId: context.run.id } });
  const report = await makeRestoreReport(tx, context, rows, outcome, now);
  await tx.restoreJob.update({
    where: { id: job.id },
    data: {
      status,
      finishedAt: now,
      report: toJsonColumn(report),
      errorCode: error?.code ?? null,
      errorMessage: error?.message ?? null,
    },
  });
  if (result) await tx.snapshot.update({ where: { id: snapshot.id }, data: { provenAt: now } });
  const type: ActivityType =
    error?.code === "RESTORE_ROLLED_BACK"
      ? "RESTORE_ROLLED_BACK"
      : status === "COMPLETED"
        ? "CPS_RESTORE_SUCCESSFUL"
        : status === "CANCELLED"
          ? "RESTORE_CANCELLED"
          : "CPS_RESTORE_FAILED";
  const { organizationId } = rows.targetProject;
  await recordActivity(tx, {
    organizationId,
    projectId: rows.targetProject.id,
    type,
    outcome: status === "FAILED" ? "FAILED" : "DONE",
    actor: SYSTEM,
    cluster: { id: target.id, name: target.name },
    details: {
      restoreId: job.id,
      snapshotId: snapshot.id,
      source: job.sourceClusterName,
      ...(result ? { documents: result.documents } : {}),
      ...(error ? { errorCode: error.code } : {}),
    },
  });
}
