import { closeDb, db } from "@/server/platform/db";
import { env } from "@/server/platform/env";
import { logger } from "@/server/platform/logger";
import { closeListener } from "@/server/platform/postgres";
import { EmbeddedHost } from "./host/host";

/** The process that runs the embedded clusters, one child process each. */
const host = new EmbeddedHost({ db: db(), home: env.home, testCommands: env.testSwitches });
await host.start();
logger.info("host ready");

let stopping = false;

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await host.stop();
  await closeListener();
  await closeDb();
  process.exit(0);
}

process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
