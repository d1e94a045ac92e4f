import { fateOfRun } from "@/server/engine/restore/fate";
import type { JournalState, RestoreJournal } from "@/server/engine/restore/journal";
import { toJsonColumn } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { isHandedOver, RetryRunLater, type RunContext } from "../run-handler";
import type { RestoreLock } from "./restore-lock";

/** The journal of a restore is its run's checkpoint. With the lock it also sees to it that only what was blocked is committed. */
export function restoreJournal({ db, run, lease }: RunContext, lock?: RestoreLock): RestoreJournal {
  const where = { id: run.id };
  return {
    read: async () => {
      const { checkpoint } = await lease.answered(db.run.findUniqueOrThrow({ where, select: { checkpoint: true } }));
      // Nobody but `write` below stores a checkpoint for this run.
      return checkpoint as unknown as JournalState | null;
    },
    write: (state) => lease.update({ checkpoint: toJsonColumn(state) }),
    beforeCommit: async () => {
      await lock?.assertBlocked();
      await lease.closeForCancelling();
    },
  };
}

/** Whether a run cannot end now: its target may be between old and new, or is new and the run has to say so. */
export function mustGoOn(state: JournalState | null): boolean {
  return fateOfRun(state) === "resume" || (state?.phase === "done" && state.result !== null);
}

/** What an error of a restore comes to: itself, which ends the run, or RetryRunLater. */
export async function whatNext(context: RunContext, error: unknown): Promise<unknown> {
  if (isHandedOver(error)) return error;
  const isOpen = await restoreJournal(context)
    .read()
    .then(mustGoOn)
    .catch(() => true);
  const isLost = isDomainError(error, "CLUSTER_UNREACHABLE") || isDomainError(error, "RESTORE_NOT_UNDONE");
  if (!isOpen && !isLost) return error;
  context.progress.log("worker", `waits and tries again: ${isDomainError(error) ? error.code : "INTERNAL"}`);
  return new RetryRunLater(error);
}
