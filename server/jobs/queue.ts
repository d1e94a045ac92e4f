import PgBoss from "pg-boss";
import type { Tx } from "@/server/platform/db";
import { databaseUrl } from "@/server/platform/env";
import { logger } from "@/server/platform/logger";
import { forget, once } from "@/server/platform/once";
import { notify } from "@/server/platform/postgres";
import { QUEUE_NAMES } from "./definitions";
import { RUN_QUEUED_CHANNEL, wakeRun } from "./definitions/wake-run";

/** Wake-ups that nobody fetched for this long are worthless: the sweeper has sent others since. */
const WAKE_KEPT_SECONDS = 600;

/** Installs pg-boss and creates the queues; `send` to a queue that nobody created answers null without an error. */
export async function installQueues(url: string): Promise<void> {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false, max: 1 });
  boss.on("error", (error) => logger.warn({ err: error }, "queue error"));
  await boss.start();
  try {
    for (const name of QUEUE_NAMES) await boss.createQueue(name);
  } finally {
    await boss.stop({ graceful: false });
  }
}

/** The process's pg-boss. It neither migrates nor schedules; `supervise` only in the worker. */
const processBoss = once("boss", async () => {
  const boss = new PgBoss({
    connectionString: databaseUrl(),
    supervise: false,
    schedule: false,
    migrate: false,
    max: 2,
    application_name: "holdfast queue",
  });
  boss.on("error", (error) => logger.warn({ err: error }, "queue error"));
  await boss.start();
  return boss;
});

export function queue(): Promise<PgBoss> {
  return processBoss();
}

export async function closeQueue(): Promise<void> {
  const boss = await forget<Promise<PgBoss>>("boss");
  await boss?.stop({ graceful: false });
}

/** Queues a wake-up inside the caller's transaction: rolled back with the rest, delivered when it commits. */
export async function enqueueRun(tx: Tx, runId: string): Promise<void> {
  const boss = await queue();
  const executeSql = async (text: string, values: unknown[]) => ({
    rows: await tx.$queryRawUnsafe<unknown[]>(text, ...values),
  });
  const payload = wakeRun.payload.parse({ runId });
  const jobId = await boss.send(wakeRun.queue, payload, {
    retentionSeconds: WAKE_KEPT_SECONDS,
    retryLimit: 0,
    db: { executeSql },
  });
  if (jobId === null) throw new Error(`the queue ${wakeRun.queue} does not exist; run the migrations`);
  await notify(tx, RUN_QUEUED_CHANNEL, runId);
}
