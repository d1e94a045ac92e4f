import { collectDueRepositories } from "@/server/domain/repositories/collect-due";
import type { Db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";

const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 5 * 60_000;

/**
 * Looks every few minutes for repositories whose garbage is due, beside upkeep, because a round may take long. The returned
 * function stops it where it is; the next worker goes on from there.
 */
export function startCollector(db: Db): () => Promise<void> {
  const stopping = new AbortController();
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      await collectDueRepositories(db, { signal: stopping.signal });
    } catch (error) {
      logger.warn({ err: error }, "repositories with garbage could not be looked for");
    }
    if (!stopping.signal.aborted) timer = setTimeout(start, EVERY_MS);
  };
  const start = (): void => {
    looking = look();
  };
  let timer: NodeJS.Timeout = setTimeout(start, FIRST_AFTER_MS);
  return async () => {
    stopping.abort(new DomainError("WORKER_STOPPING"));
    clearTimeout(timer);
    await looking;
  };
}
