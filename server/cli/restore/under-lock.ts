import { hostname, userInfo } from "node:os";
import type { MongoClient } from "mongodb";
import { readWriteBlock } from "@/server/deployments/write-block";
import { WriteLock } from "@/server/deployments/write-lock";
import { fateOfRun, leftToResume } from "@/server/engine/restore/fate";
import type { RestoreJournal } from "@/server/engine/restore/journal";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";

const HEARTBEAT_MS = 5_000;
const ADVICE =
  "Call the same command again when the server answers and the journal can be written: it finishes, or puts everything back with --roll-back.";

/** What the work is given: a journal that commits only under the block, and a signal for when somebody else lifted it. */
interface Locked {
  journal: RestoreJournal;
  lost: AbortSignal;
}

/**
 * Runs the work while other clients' writes are blocked, and lifts the block whatever happens, also after Ctrl-C. It stays where
 * the journal says that the target may be between old and new, whatever the error was, and where the server does not
 * answer. Then the same command goes on, or `holdfast unlock`.
 */
export async function underLock<T>(
  client: MongoClient,
  request: { runId: string; reason: string; withoutBlock: boolean; journal: RestoreJournal; heartbeatMs?: number },
  work: (locked: Locked) => Promise<T>,
): Promise<T> {
  const { journal, heartbeatMs = HEARTBEAT_MS, ...rest } = request;
  const lock = await WriteLock.acquire(client, { ...rest, owner: `${userInfo().username}@${hostname()}` });
  const assertBlocked = () => assertStillBlocked(client, lock);
  const lost = new AbortController();
  const timer = setInterval(() => {
    assertBlocked().catch((error: unknown) => {
      if (isDomainError(error, "WRITE_BLOCK_NOT_OURS")) lost.abort(error);
    });
  }, heartbeatMs);
  let isHalfway = false;
  try {
    return await work({ journal: committingUnder(assertBlocked, journal), lost: lost.signal });
  } catch (error) {
    isHalfway = await isLeftHalfway(journal, error);
    throw isHalfway ? withAdvice(leftToResume(error)) : error;
  } finally {
    clearInterval(timer);
    if (!isHalfway) await lock.release();
  }
}

async function assertStillBlocked(client: MongoClient, lock: WriteLock): Promise<void> {
  await lock.heartbeat();
  if (lock.blocksWrites && (await readWriteBlock(client)) !== "on") {
    throw new DomainError("WRITE_BLOCK_NOT_OURS", { message: "somebody else lifted the write block" });
  }
}

function committingUnder(assertBlocked: () => Promise<void>, journal: RestoreJournal): RestoreJournal {
  return {
    read: () => journal.read(),
    write: (state) => journal.write(state),
    beforeCommit: async () => {
      await assertBlocked();
      await journal.beforeCommit();
    },
  };
}

/** A journal that cannot be read does not say that all is well. */
async function isLeftHalfway(journal: RestoreJournal, error: unknown): Promise<boolean> {
  if (isDomainError(error, "RESTORE_NOT_UNDONE") || isDomainError(error, "CLUSTER_UNREACHABLE")) return true;
  return journal.read().then(
    (state) => fateOfRun(state) === "resume",
    () => true,
  );
}

function withAdvice(error: unknown): unknown {
  if (!isDomainError(error)) return error;
  const { code, message, params } = error;
  return new DomainError(code, { message: `${message}\n${ADVICE}`, params, cause: error });
}
