import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { findProjectScope } from "../projects/find-project";
import { requestCancel } from "../runs/request-cancel";
import { getRestoreRow } from "./find-restore";
import { presentRestores } from "./present";
import { Check, RestoreReport, type RestoreDetail } from "./schema";
import * as z from "zod/mini";

const Checks = z.array(Check);

/** A restore's own page. Throws RESTORE_JOB_NOT_FOUND. */
export async function getRestore(actor: Actor, project: ProjectScope, restoreId: string): Promise<RestoreDetail> {
  const row = await getRestoreRow(project, restoreId);
  const [view] = await presentRestores(actor, [row]);
  const run = await db().run.findFirst({ where: { subjectId: row.id }, orderBy: { createdAt: "desc" } });
  const lock = run && (await db().serverLock.findUnique({ where: { runId: run.id } }));
  const report = RestoreReport.safeParse(row.report);
  const past = report.success && report.data.writes.blockedFrom ? report.data.writes : null;
  const checks = Checks.safeParse(row.checks);
  return {
    ...view!,
    checks: checks.success ? checks.data : [],
    lock: lock
      ? { since: lock.createdAt, heartbeatAt: lock.heartbeatAt, serverSide: lock.serverSide, releasedAt: null }
      : past && {
          since: new Date(past.blockedFrom ?? 0),
          heartbeatAt: new Date(past.blockedUntil ?? past.blockedFrom ?? 0),
          serverSide: past.serverSide,
          releasedAt: past.blockedUntil ? new Date(past.blockedUntil) : null,
        },
  };
}

/** The proof. Throws RESTORE_JOB_NOT_FOUND, also while there is none yet. */
export async function getReport(project: ProjectScope, restoreId: string): Promise<RestoreReport> {
  const row = await getRestoreRow(project, restoreId);
  const report = RestoreReport.safeParse(row.report);
  if (!report.success) throw new DomainError("RESTORE_JOB_NOT_FOUND", { params: { restoreId } });
  return report.data;
}

/**
 * Asks for the end of a restore; it is the target's project that must allow it. Throws RESTORE_JOB_NOT_FOUND,
 * USER_UNAUTHORIZED, RUN_NOT_CANCELLABLE.
 */
export async function cancelRestore(actor: Actor, project: ProjectScope, restoreId: string): Promise<void> {
  const row = await getRestoreRow(project, restoreId);
  const target = row.targetProjectId === project.id ? project : await findProjectScope(row.targetProjectId);
  const run = await db().run.findFirst({ where: { subjectId: row.id }, orderBy: { createdAt: "desc" } });
  if (!target || !run) throw new DomainError("RUN_NOT_CANCELLABLE", { params: { restoreId } });
  await requestCancel(actor, target, run.id);
}
