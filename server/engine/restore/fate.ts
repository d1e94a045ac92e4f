import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import type { RestoreOptions } from "./context";
import type { JournalState } from "./journal";
import { SimulatedKill } from "./points";

/**
 * What may be done with a run that cannot go on, by its journal alone; whatever the error was says nothing about it.
 *
 *   settle   the target is wholly old or wholly new and nothing of the run is left: the run may end, the block may go
 *   tidy     the target is wholly old, staging collections may be left: the run may end once they are dropped
 *   resume   the target may be between old and new: only resumeRestore may go on, and the block stays until it has
 */
export type RunFate = "settle" | "tidy" | "resume";

export function fateOfRun(state: Pick<JournalState, "phase"> | null): RunFate {
  if (state === null || state.phase === "done") return "settle";
  return state.phase === "loading" ? "tidy" : "resume";
}

/**
 * An error whose run was left as it is for resumeRestore, whatever its journal says: RESTORE_NOT_UNDONE, unless the error
 * says it already (RUN_LEASE_LOST, WORKER_STOPPING, CLUSTER_UNREACHABLE).
 */
export function leftToResume(error: unknown): unknown {
  if (error instanceof SimulatedKill || isHandedOver(error) || isDomainError(error, "CLUSTER_UNREACHABLE"))
    return error;
  if (isDomainError(error, "RESTORE_NOT_UNDONE")) return error;
  return new DomainError("RESTORE_NOT_UNDONE", { message: "the target is left to be resumed", cause: error });
}

/**
 * Throws what leftToResume makes of the error. Where another worker has the run by now, that is what is said: what looks
 * wrong here is its doing.
 */
export async function leaveToResume(
  { assertHeld }: Pick<RestoreOptions, "assertHeld">,
  error: unknown,
): Promise<never> {
  const left = leftToResume(error);
  if (isDomainError(left, "RESTORE_NOT_UNDONE")) {
    await assertHeld?.().catch((lost: unknown) => {
      if (isHandedOver(lost)) throw lost;
    });
  }
  throw left;
}

/** The lease is another worker's, or this one is stopping: the next worker goes on from the journal. */
export function isHandedOver(error: unknown): boolean {
  return isDomainError(error, "RUN_LEASE_LOST") || isDomainError(error, "WORKER_STOPPING");
}
