import { hostname } from "node:os";
import type { Db } from "@/server/platform/db";
import { logger } from "@/server/platform/logger";

const SPEAK_EVERY_MS = 5_000;
/** A row of a worker that died stays for a while, so that the portal can say that one is missing. */
const KEPT_MS = 10 * 60_000;

/** Keeps the worker's row alive until the returned function is called, which removes it. */
export async function announceWorker(db: Db, id: string, kind: string): Promise<() => Promise<void>> {
  const startedAt = new Date();
  const speak = async (): Promise<void> => {
    const heartbeatAt = new Date();
    const create = { id, kind, host: hostname(), pid: process.pid, startedAt, heartbeatAt };
    await db.worker.upsert({ where: { id }, create, update: { heartbeatAt } });
    await db.worker.deleteMany({ where: { heartbeatAt: { lt: new Date(heartbeatAt.getTime() - KEPT_MS) } } });
  };
  await speak();
  const timer = setInterval(() => {
    speak().catch((error: unknown) => logger.warn({ err: error }, "the worker could not say that it is alive"));
  }, SPEAK_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await db.worker.deleteMany({ where: { id } }).catch(() => undefined);
  };
}
