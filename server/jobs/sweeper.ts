import type { Db } from "@/server/platform/db";
import { logger } from "@/server/platform/logger";
import { enqueueRun } from "./queue";

const SWEEP_EVERY_MS = 3_000;
/** A run that waits for longer than this without a worker may have lost its wake-up. */
const WAITING_MS = 10_000;

/**
 * Sends wake-ups again for runs whose worker died and for those that wait too long. Any number of sweepers may run:
 * a wake-up too many finds nothing to claim. Returns how many it sent.
 */
export async function sweepRuns(db: Db): Promise<number> {
  return db.$transaction(async (tx) => {
    const runs = await tx.$queryRaw<Array<{ id: string }>>`
      select id from "Run"
      where (status = 'RUNNING' and "leaseExpiresAt" < now())
        or (status = 'QUEUED' and "createdAt" < now() - ${WAITING_MS} * interval '1 millisecond')
      order by id limit 100`;
    for (const { id } of runs) await enqueueRun(tx, id);
    return runs.length;
  });
}

/** Sweeps every few seconds until the returned function is called. */
export function startSweeper(db: Db): () => Promise<void> {
  let sweeping: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = sweeping
      .then(() => sweepRuns(db))
      .catch((error: unknown) => logger.warn({ err: error }, "lost runs could not be looked for"));
  }, SWEEP_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await sweeping;
  };
}
