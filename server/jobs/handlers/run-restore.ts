import { gatherChecks } from "@/server/domain/restores/gather-checks";
import type { Check } from "@/server/engine/restore/checks/check";
import { firstFailure } from "@/server/engine/restore/checks/check-restore";
import type { JournalState, RestoreResult } from "@/server/engine/restore/journal";
import { restoreSnapshot, resumeRestore } from "@/server/engine/restore/restore-snapshot";
import { RESTORE_STEPS } from "@/server/engine/source/progress";
import { toJsonColumn } from "@/server/platform/db";
import { DomainError, isDomainError, storedMessage } from "@/server/platform/errors/domain-error";
import { RetryRunLater, type RunContext, type RunHandler } from "../run-handler";
import { concludeRestore } from "./conclude-restore";
import { crashPoint } from "./crash-point";
import { judgeRequester, openRestoreRepository, readRestoreRows, type RestoreRows } from "./restore-facts";
import { mustGoOn, restoreJournal, whatNext } from "./restore-journal";
import type { PastLock } from "./restore-lock";
import { clearTarget, releaseLeftover, underLock } from "./restore-under-lock";

/**
 * A restore into a cluster:
 *
 *   check    the same list as in the wizard, from fresh facts
 *   lock     the row, then the server
 *   …        the engine, by its journal; begun again after a death it finishes or puts everything back
 *   unlock   the block is lifted and read back, whatever happened
 *   report   the proof, stored with the end of the run
 *
 * Whether a run may end, and the block with it, the journal says, whatever the error was: where the target may be between
 * old and new, or is new already, the run waits and is taken up again. A run never ends while its target is blocked.
 */
export const runRestoreHandler: RunHandler = {
  steps: RESTORE_STEPS,

  async execute(context) {
    const rows = await readRestoreRows(context.db, context.run.subjectId);
    try {
      const { result, lock } = await restore(context, rows);
      await context.progress.step("report");
      return async (tx) => concludeRestore(tx, context, rows, { result, lock, error: null });
    } catch (error) {
      throw await whatNext(context, error);
    }
  },

  async fail(context, error, status) {
    const rows = await readRestoreRows(context.db, context.run.subjectId);
    const state = await restoreJournal(context).read();
    if (mustGoOn(state)) throw new RetryRunLater(error);
    const lock = await clearTarget(context, rows, state);
    const { code } = error;
    return async (tx) => {
      await concludeRestore(tx, context, rows, {
        result: null,
        lock,
        error: { code, message: storedMessage(error), status },
      });
    };
  },
};

interface Restored {
  result: RestoreResult;
  lock: PastLock | null;
}

async function restore(context: RunContext, rows: RestoreRows): Promise<Restored> {
  const begun = await restoreJournal(context).read();
  await begin(context, rows);
  // An earlier worker did it all and could not say so.
  if (begun?.phase === "done") {
    const result = assertRestored(context, begun.result ?? { rolledBack: true });
    return { result, lock: await releaseLeftover(context, rows) };
  }
  if (begun === null) await check(context, rows);
  return underLock(context, rows, async (client, lock) => {
    const journal = restoreJournal(context, lock);
    const options = {
      client,
      repository: await openRestoreRepository(context.db, rows),
      manifestId: manifestOf(begun, rows),
      runId: context.run.id,
      journal,
      assertHeld: () => context.lease.assertHeld(),
      signal: AbortSignal.any([context.signal, lock.signal]),
      progress: context.progress,
      onPoint: crashPoint("restore"),
    };
    return assertRestored(context, await (begun === null ? restoreSnapshot(options) : resumeRestore(options)));
  });
}

/** What was begun goes on by its journal; the snapshot's row may have lost its manifest meanwhile. */
function manifestOf(begun: JournalState | null, { snapshot }: RestoreRows): string {
  const manifestId = begun?.manifestId ?? snapshot.manifestId;
  if (manifestId) return manifestId;
  throw new DomainError("CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT", { params: { snapshotId: snapshot.id } });
}

function assertRestored({ run, signal }: RunContext, result: RestoreResult | { rolledBack: true }): RestoreResult {
  if (!("rolledBack" in result)) return result;
  const { reason } = signal as { reason: unknown };
  if (isDomainError(reason, "RUN_CANCELLED")) throw reason;
  throw new DomainError(run.cancelRequestedAt && run.cancellable ? "RUN_CANCELLED" : "RESTORE_ROLLED_BACK");
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
    const stored = toJsonColumn(checks);
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
