import { setTimeout as sleep } from "node:timers/promises";
import { MongoServerError, type Document } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";
import { isConnectionBroken } from "../source/connection-errors";
import type { RestoreContext } from "./context";
import { isNameOf } from "./staging-names";

/**
 * A command whose answer never came, because its connection broke or its worker died, may still wait on the server for a
 * lock and be carried out later: a rename after everything was put back. What is on the server says what is true only
 * when none of the run's own commands is left.
 */

export const OWN_COMMANDS_LIMITS = {
  pollMs: 200,
  /** For so long nothing may be seen after a broken connection: the server may not have read the command yet. */
  quietMs: 2_000,
  /** The run is left to be resumed when they take longer. */
  waitMs: 60_000,
};

/**
 * What changes a namespace or its documents, as `currentOp` shows it. Index builds are left out: they can take hours, and
 * dropping their collection ends them.
 */
const CHANGES = new Set(["create", "drop", "dropDatabase", "renameCollection", "collMod", "insert", "update"]);

/**
 * Resolves when no command of this run is left on the server. Throws RESTORE_NOT_UNDONE when some are after `waitMs`. A
 * server that does not tell (missing privilege) is given `quietMs` after a break and believed otherwise.
 */
export async function waitForOwnCommands(
  context: RestoreContext,
  {
    afterBreak = false,
    limits = OWN_COMMANDS_LIMITS,
  }: { afterBreak?: boolean; limits?: typeof OWN_COMMANDS_LIMITS } = {},
): Promise<void> {
  const startedAt = performance.now();
  let quietSince = afterBreak ? startedAt : -Infinity;
  for (;;) {
    const running = await countOwnCommands(context);
    const now = performance.now();
    if (running > 0) quietSince = afterBreak ? now : -Infinity;
    else if (now - quietSince >= limits.quietMs) return;
    if (now - startedAt >= limits.waitMs) {
      throw new DomainError("RESTORE_NOT_UNDONE", {
        message: `${running} commands of this run are still running on the target`,
      });
    }
    await sleep(limits.pollMs);
  }
}

/** Only this user's own operations are asked for, which needs no privilege: all workers of a run are the same user. */
async function countOwnCommands({ client, runId }: RestoreContext): Promise<number> {
  try {
    const reply = await client.db("admin").command({ currentOp: 1, $ownOps: true });
    const running = reply.inprog as Array<{ command?: Document }>;
    return running.filter(({ command }) => command !== undefined && isOwnChange(command, runId)).length;
  } catch (error) {
    if (error instanceof MongoServerError && !isConnectionBroken(error)) return 0;
    throw error;
  }
}

/** Marked by `comment`, and by the run's own names where a server is too old for that. */
function isOwnChange(command: Document, runId: string): boolean {
  // A command that is too long is shown as the beginning of its text.
  if (typeof command.$truncated === "string") return command.$truncated.includes(runId);
  const [verb, subject] = Object.entries(command)[0] ?? [];
  if (verb === undefined || !CHANGES.has(verb)) return false;
  return command.comment === runId || [subject, command.to].some((name) => isNameOf(runId, name));
}
