import type { MongoClient } from "mongodb";
import { canBlockWrites } from "@/server/deployments/can-block-writes";
import { inspectDeployment } from "@/server/deployments/inspect";
import { releaseOwnLock } from "@/server/deployments/write-lock";
import { openClusterDeployment } from "@/server/domain/clusters/open-deployment";
import { fateOfRun } from "@/server/engine/restore/fate";
import type { JournalState } from "@/server/engine/restore/journal";
import { resumeRestore } from "@/server/engine/restore/restore-snapshot";
import { DomainError } from "@/server/platform/errors/domain-error";
import { isHandedOver, RetryRunLater, type RunContext } from "../run-handler";
import { unreadableRepository, type RestoreRows } from "./restore-facts";
import { restoreJournal } from "./restore-journal";
import { RestoreLock, type PastLock } from "./restore-lock";

/**
 * Runs the work between lock and unlock. When it throws, the lock stays: whoever ends the run releases it (clearTarget),
 * and where the run cannot end, the next worker goes on under it.
 */
export async function underLock<T>(
  context: RunContext,
  rows: RestoreRows,
  work: (client: MongoClient, lock: RestoreLock) => Promise<T>,
): Promise<{ result: T; lock: PastLock }> {
  const { progress } = context;
  const deployment = await openClusterDeployment(context.db, rows.target.id);
  try {
    await progress.step("lock", "Blocking writes and reading the block back");
    const client = await deployment.client();
    const lock = await takeLock(context, rows, client);
    try {
      const result = await work(client, lock);
      await progress.step("unlock", "Lifting the block and reading it back");
      await context.lease.assertHeld();
      const released = await lock.release();
      progress.log(
        "lock",
        released ? "released, read back from the server" : "it was gone already: somebody else lifted it",
      );
      return { result, lock: { since: lock.since, serverSide: lock.serverSide, until: new Date(), released } };
    } finally {
      lock.leave();
    }
  } finally {
    await deployment.close();
  }
}

async function takeLock({ db, run, progress }: RunContext, rows: RestoreRows, client: MongoClient) {
  const facts = await inspectDeployment(client);
  const { job, target } = rows;
  const lock = await RestoreLock.take({
    db,
    client,
    serverKey: facts.serverKey,
    clusterId: target.id,
    runId: run.id,
    owner: job.requestedByName ?? "Holdfast",
    reason: `Restore ${job.id} from ${job.sourceClusterName}`,
    acceptUnblocked: job.acceptUnblocked,
    canBlock: canBlockWrites(facts),
  });
  progress.log("lock", lock.serverSide ? "setUserWriteBlockMode on, read back" : "marker set; the server cannot block");
  return lock;
}

/** For a run whose work is done: lifts what an earlier worker may have left. What is gone was lifted by that one. */
export async function releaseLeftover(context: RunContext, rows: RestoreRows): Promise<PastLock | null> {
  const lock = await clearTarget(context, rows, null);
  return lock && { ...lock, released: true };
}

/**
 * Before a run ends without its result: drops what it staged, lifts its block. Null when it had none. Throws
 * RetryRunLater when the server cannot be asked or refuses, since a run never ends while its target is blocked, and
 * RUN_LEASE_LOST when block and staging are another worker's by now.
 */
export async function clearTarget(
  context: RunContext,
  rows: RestoreRows,
  state: JournalState | null,
): Promise<PastLock | null> {
  const { db, run, lease, progress } = context;
  const row = await db.serverLock.findUnique({ where: { runId: run.id } });
  const isStaged = state !== null && fateOfRun(state) === "tidy";
  if (!row && !isStaged) return null;
  const deployment = await openClusterDeployment(db, rows.target.id);
  try {
    const client = await deployment.client();
    if (isStaged) await dropStaged(context, client, state);
    if (!row) return null;
    await lease.assertHeld();
    const outcome = await releaseOwnLock(client, run.id);
    progress.log("lock", `at its end the server says: ${outcome}`);
    const released = outcome === "released";
    return {
      since: row.createdAt,
      serverSide: row.serverSide,
      until: released ? new Date() : row.heartbeatAt,
      released,
    };
  } catch (error) {
    throw isHandedOver(error) ? error : new RetryRunLater(error);
  } finally {
    await deployment.close();
  }
}

/** The engine puts back what was only loaded, and writes down that nothing is left. */
async function dropStaged({ run, lease, progress, ...rest }: RunContext, client: MongoClient, state: JournalState) {
  const stopped = new DomainError("RESTORE_ROLLED_BACK");
  await resumeRestore({
    client,
    repository: unreadableRepository(stopped),
    manifestId: state.manifestId,
    runId: run.id,
    journal: restoreJournal({ run, lease, progress, ...rest }),
    assertHeld: () => lease.assertHeld(),
    signal: AbortSignal.abort(stopped),
    progress,
  });
}
