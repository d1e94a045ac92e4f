import { collectDueRepositories } from "@/server/domain/repositories/collect-due";
import { databaseNow } from "@/server/domain/repositories/ledger";
import type { Db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";

const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 5 * 60_000;

/**
 * Looks every few minutes for repositories whose garbage is due, beside upkeep, because a round may take long. The first look
 * comes a minute after the start unless told otherwise. The returned function stops it where it is; the next worker goes on
 * from there.
 */
export function startCollector(db: Db, { firstAfterMs = FIRST_AFTER_MS } = {}): () => Promise<void> {
  const began = databaseNow(db).catch((error: unknown) => {
    logger.warn({ err: error }, "the moment of the worker's beginning is unknown");
    return new Date(0);
  });
  const stopping = new AbortController();
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      await collectDueRepositories(db, { signal: stopping.signal, workerSince: await began });
    } catch (error) {
      logger.warn({ err: error }, "repositories with garbage could not be looked for");
    }
    if (!stopping.signal.aborted) timer = setTimeout(start, EVERY_MS);
  };
  const start = (): void => {
    looking = look();
  };
  let timer: NodeJS.Timeout = setTimeout(start, firstAfterMs);
  return async () => {
    stopping.abort(new DomainError("WORKER_STOPPING"));
    clearTimeout(timer);
    await looking;
  };
}
