import { toUnreachable } from "../source/connection-errors";
import { pass, type RestoreOptions } from "./context";
import { leaveToResume } from "./fate";
import { finishCommitted } from "./finish";
import type { RestoreResult } from "./journal";
import { guarded, initialState, openContext, readPlan, runFullLoad, swapAndCommit } from "./restore-run";
import { waitForOwnCommands } from "./own-commands";
import { rollBack } from "./swap";

/**
 * Restores a snapshot into a deployment whose writes are blocked for everybody else:
 *
 *   plan     manifest and server facts                           journal: loading
 *   load     every collection under a staging name; what is loaded is read back while others load
 *   index    all indexes, expiry off
 *   prove    what is left is read back; canonical roots equal the snapshot's
 *   swap     old aside, new in, views                            journal: swapping
 *            catalogue check, beforeCommit                       journal: committed
 *            old dropped, expiry on                              journal: done
 *
 * Before the commit any failure or cancel puts everything back and removes what was staged; afterwards it only goes
 * forward. A process that dies leaves the rest to resumeRestore.
 */
export async function restoreSnapshot(options: RestoreOptions): Promise<RestoreResult> {
  return runFullLoad(options);
}

/**
 * Goes on with a restore whose worker died, from the journal and from what is really on the server:
 *
 *   nothing, loading   what was staged goes; starts over
 *   swapping           everything is proven: goes forward, and back only if that fails
 *   committed          tidies up
 *   rollingBack        puts the rest back
 *
 * With an aborted signal a restore that is not committed is put back. May itself be killed and resumed.
 */
export async function resumeRestore(options: RestoreOptions): Promise<RestoreResult | { rolledBack: true }> {
  const state = await options.journal.read();
  if (state?.phase === "done") return state.result ?? { rolledBack: true };
  const context = await openContext(options);
  await waitForOwnCommands(context).catch((error: unknown) => {
    throw toUnreachable(error, "target");
  });
  if (state?.phase === "committed") {
    return finishCommitted(context, state).catch((error: unknown) =>
      leaveToResume(context, toUnreachable(error, "target")),
    );
  }
  if (state?.phase === "rollingBack" || options.signal.aborted) {
    const known = state ?? initialState(options);
    await context.journal.write({ ...known, phase: "rollingBack" });
    await pass(context, "journalled-rolling-back");
    await rollBack(context, known).catch((error: unknown) => leaveToResume(context, error));
    await context.journal.write({ ...known, phase: "done", result: null });
    return { rolledBack: true };
  }
  if (state?.phase === "swapping") {
    return guarded(context, state, async (setState) =>
      swapAndCommit(context, await readPlan(context), state, setState),
    );
  }
  return runFullLoad(options);
}
