import { hostname, userInfo } from "node:os";
import type { MongoClient } from "mongodb";
import { WriteLock } from "@/server/deployments/write-lock";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";

const HEARTBEAT_MS = 5_000;

/**
 * Runs the work while other clients' writes are blocked, and lifts the block whatever happens, also after Ctrl-C. It stays in one
 * case: the target is between old and new and could not be put back. Then the same command goes on, or `holdfast unlock`.
 */
export async function underLock<T>(
  client: MongoClient,
  request: { runId: string; reason: string; withoutBlock: boolean },
  work: () => Promise<T>,
): Promise<T> {
  const lock = await WriteLock.acquire(client, { ...request, owner: `${userInfo().username}@${hostname()}` });
  const timer = setInterval(() => void lock.heartbeat().catch(() => undefined), HEARTBEAT_MS);
  let isHalfway = false;
  try {
    return await work();
  } catch (error) {
    if (!isDomainError(error, "RESTORE_NOT_UNDONE") && !isDomainError(error, "CLUSTER_UNREACHABLE")) throw error;
    isHalfway = true;
    const advice =
      "Call the same command again when the server answers: it finishes, or puts everything back with --roll-back.";
    throw new DomainError(error.code, { message: `${error.message}\n${advice}`, params: error.params, cause: error });
  } finally {
    clearInterval(timer);
    if (!isHalfway) await lock.release();
  }
}
