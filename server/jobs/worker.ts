import { randomBytes } from "node:crypto";
import { warnOfShortKey } from "@/server/platform/crypto";
import { closeDb, db } from "@/server/platform/db";
import { logger } from "@/server/platform/logger";
import { closeListener } from "@/server/platform/postgres";
import { startCollector } from "./collector";
import { closeQueue } from "./queue";
import { loadHandler } from "./registry";
import { RunWorker } from "./run-worker";
import { startSweeper } from "./sweeper";
import { startUpkeep } from "./upkeep";
import { announceWorker } from "./worker-presence";

/** Runs at once in one worker: long work waits for servers and storage more than for this process. */
const CONCURRENCY = 3;
/** A run that does not stop where it is within this time is left to its lease. */
const STOP_WITHIN_MS = 8_000;

const workerId = `worker-${randomBytes(4).toString("hex")}`;
warnOfShortKey(logger);
const leave = await announceWorker(db(), workerId, "worker");
const worker = new RunWorker({ db: db(), workerId, concurrency: CONCURRENCY, loadHandler });
const stopSweeper = startSweeper(db());
const stopUpkeep = startUpkeep(db());
const stopCollector = startCollector(db());
await worker.start();
logger.info({ workerId }, "worker ready");

let stopping = false;

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  await worker.stop();
  await stopSweeper();
  await stopUpkeep();
  await stopCollector();
  await leave();
  await closeQueue();
  await closeListener();
  await closeDb();
  process.exit(0);
}

process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
