import { canBlockWrites } from "@/server/deployments/can-block-writes";
import { inspectDeployment } from "@/server/deployments/inspect";
import { releaseOwnLock } from "@/server/deployments/write-lock";
import { recordActivity } from "@/server/domain/activity/record-activity";
import type { ActivityType } from "@/server/domain/activity/titles";
import { openClusterDeployment } from "@/server/domain/clusters/open-deployment";
import { openRepository } from "@/server/domain/repositories/open-repository";
import { gatherChecks } from "@/server/domain/restores/gather-checks";
import type { Check } from "@/server/engine/restore/checks/check";
import { firstFailure } from "@/server/engine/restore/checks/check-restore";
import type { JournalState, RestoreJournal } from "@/server/engine/restore/journal";
import { restoreSnapshot, resumeRestore } from "@/server/engine/restore/restore-snapshot";
import { RESTORE_STEPS } from "@/server/engine/source/progress";
import { SYSTEM } from "@/server/access/actor";
import type { Prisma, Tx } from "@/server/platform/db";
import { DomainError, isDomainError, storedMessage } from "@/server/platform/errors/domain-error";
import { RetryRunLater, type RunContext, type RunHandler } from "../run-handler";
import { crashPoint } from "./crash-point";
import { judgeRequester, readRestoreRows, type RestoreRows } from "./restore-facts";
import { RestoreLock } from "./restore-lock";
import { makeRestoreReport, type RestoreOutcome } from "./restore-report";

/**
 * A restore into a cluster:
 *
 *   check    the same list as in the wizard, from fresh facts
 *   lock     the row, then the server
 *   …        the engine, by its journal; begun again after a death it finishes or puts everything back
 *   unlock   the block is lifted and read back, whatever happened
 *   report   the proof, stored with the end of the run
 *
 * A run never ends while its target is blocked: where the server cannot be asked, the run waits and tries again.
 */
export const runRestoreHandler: RunHandler = {
  steps: RESTORE_STEPS,

  async execute(context) {
    const rows = await readRestoreRows(context.db, context.run.subjectId);
    const journal = makeJournal(context);
    const begun = await journal.read();
    await begin(context, rows);
    if (begun === null) await check(context, rows);
    const outcome = await underLock(context, rows, (client, repository) => {
      const options = {
        client,
        repository,
        manifestId: rows.snapshot.manifestId,
        runId: context.run.id,
        journal,
        signal: context.signal,
        progress: context.progress,
        onPoint: crashPoint("restore"),
      };
      return begun === null ? restoreSnapshot(options) : resumeRestore(options);
    });
    const { result, since, serverSide } = outcome;
    if ("rolledBack" in result) {
      const { reason } = context.signal as { reason: unknown };
      throw isDomainError(reason, "RUN_CANCELLED") ? reason : new DomainError("RESTORE_ROLLED_BACK");
    }
    await context.progress.step("report");
    return async (tx) => {
      await conclude(tx, context, rows, { result, lock: { since, serverSide, until: new Date() }, error: null });
    };
  },

  async fail(context, error, status) {
    const rows = await readRestoreRows(context.db, context.run.subjectId);
    const row = await context.db.serverLock.findUnique({ where: { runId: context.run.id } });
    if (row) await releaseLeftover(context, rows);
    const lock = row ? { since: row.createdAt, serverSide: row.serverSide, until: new Date() } : null;
    return async (tx) => {
      await conclude(tx, context, rows, {
        result: null,
        lock,
        error: { code: error.code, message: storedMessage(error), status },
      });
    };
  },
};

function makeJournal({ db, run, lease }: RunContext): RestoreJournal {
  return {
    read: async () => {
      const { checkpoint } = await db.run.findUniqueOrThrow({ where: { id: run.id }, select: { checkpoint: true } });
      return checkpoint as unknown as JournalState | null;
    },
    write: (state) => lease.update({ checkpoint: state as unknown as Prisma.InputJsonValue }),
    beforeCommit: () => lease.closeForCancelling(),
  };
}

async function begin({ lease }: RunContext, { job }: RestoreRows): Promise<void> {
  if (job.startedAt !== null) return;
  const data = { status: "IN_PROGRESS" as const, startedAt: new Date() };
  await lease.transaction({}, async (tx) => void (await tx.restoreJob.update({ where: { id: job.id }, data })));
}

/** Throws what the first failed check stands for: its own code where the domain has one. */
async function check(context: RunContext, rows: RestoreRows): Promise<void> {
  const { db, run, lease, progress } = context;
  await progress.step("check", "Reading the target and checking again");
  const { job, snapshot, target } = rows;
  const caller = await judgeRequester(db, rows);
  const { checks } = await gatherChecks(db, { snapshot, target, caller, restoreId: job.id, runId: run.id });
  await lease.transaction({}, async (tx) => {
    const stored = checks as unknown as Prisma.InputJsonValue;
    await tx.restoreJob.update({ where: { id: job.id }, data: { checks: stored } });
  });
  for (const one of checks) progress.log("check", `${one.result}  ${one.title}: ${one.fact}`);
  const failure = firstFailure(checks);
  if (failure) throw checkFailed(failure);
  const unblocked = checks.some((one) => one.id === "writeBlock" && one.result !== "pass");
  if (unblocked && !job.acceptUnblocked) throw new DomainError("WRITE_BLOCK_UNSUPPORTED");
}

function checkFailed(failure: Check): DomainError {
  const params = { check: failure.title, fact: failure.fact, errorCode: failure.errorCode };
  return new DomainError("RESTORE_CHECK_FAILED", { message: `${failure.title}: ${failure.fact}`, params });
}

type Client = Awaited<ReturnType<Awaited<ReturnType<typeof openClusterDeployment>>["client"]>>;
type Repository = Awaited<ReturnType<typeof openRepository>>;

interface Locked<T> {
  result: T;
  since: Date;
  serverSide: boolean;
}

/** Runs the work between lock and unlock. When it throws, the block is released before the error goes on. */
async function underLock<T>(
  context: RunContext,
  rows: RestoreRows,
  work: (client: Client, repository: Repository) => Promise<T>,
): Promise<Locked<T>> {
  const { db, run, progress } = context;
  const deployment = await openClusterDeployment(db, rows.target.id);
  try {
    await progress.step("lock", "Blocking writes and reading the block back");
    const client = await retryLater(() => deployment.client());
    const facts = await retryLater(() => inspectDeployment(client));
    const lock = await RestoreLock.take({
      db,
      client,
      serverKey: facts.serverKey,
      clusterId: rows.target.id,
      runId: run.id,
      owner: rows.job.requestedByName ?? "Holdfast",
      reason: `Restore ${rows.job.id} from ${rows.job.sourceClusterName}`,
      acceptUnblocked: rows.job.acceptUnblocked,
      canBlock: canBlockWrites(facts),
    });
    progress.log(
      "lock",
      lock.serverSide ? "setUserWriteBlockMode on, read back" : "marker set; the server cannot block",
    );
    try {
      const result = await work(client, await openRepository(db, rows.snapshot.repositoryId));
      await progress.step("unlock", "Lifting the block and reading it back");
      await retryLater(() => lock.release());
      progress.log("lock", "released, read back from the server");
      return { result, since: lock.since, serverSide: lock.serverSide };
    } catch (error) {
      lock.leave();
      if (isHandedOver(error)) throw error;
      if (needsAnotherTry(error)) throw new RetryRunLater(error);
      await retryLater(() => lock.release());
      throw error;
    }
  } finally {
    await deployment.close();
  }
}

/** Another worker goes on with the run and with its lock. */
function isHandedOver(error: unknown): boolean {
  return (
    error instanceof RetryRunLater || isDomainError(error, "RUN_LEASE_LOST") || isDomainError(error, "WORKER_STOPPING")
  );
}

/** The target went away in the middle: only when it is back can the restore be finished or undone. */
function needsAnotherTry(error: unknown): boolean {
  return isDomainError(error, "CLUSTER_UNREACHABLE") || isDomainError(error, "RESTORE_NOT_UNDONE");
}

async function retryLater<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDomainError(error, "CLUSTER_UNREACHABLE") ? new RetryRunLater(error) : error;
  }
}

/** The row is still there although the engine failed before or after the lock: make sure of the server. */
async function releaseLeftover(context: RunContext, rows: RestoreRows): Promise<void> {
  const deployment = await openClusterDeployment(context.db, rows.target.id);
  try {
    const outcome = await retryLater(async () => releaseOwnLock(await deployment.client(), context.run.id));
    context.progress.log("lock", `after the failure the server says: ${outcome}`);
  } finally {
    await deployment.close();
  }
}

async function conclude(tx: Tx, context: RunContext, rows: RestoreRows, outcome: RestoreOutcome): Promise<void> {
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
      report: report as unknown as Prisma.InputJsonValue,
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
