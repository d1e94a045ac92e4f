import { closeDb, db, type Db } from "@/server/platform/db";
import { env } from "@/server/platform/env";
import { closeListener } from "@/server/platform/postgres";
import { openInstallationDatabase } from "@/server/supervisor/installation-database";
import { readHolder, takeInstanceLock } from "@/server/supervisor/instance-lock.mjs";
import { migrateDatabase } from "@/server/supervisor/migrate";

/** A worker that spoke within this time is alive: it does every few seconds. */
const ALIVE_WITHIN_MS = 60_000;

/**
 * Runs `work` on the database of this installation (HOLDFAST_HOME). While Holdfast runs that is its database; else
 * PostgreSQL is started for as long as the work takes. `alone` refuses to work beside a running Holdfast, also one
 * that shares DATABASE_URL from elsewhere.
 */
export async function withInstallation<T>(
  { alone, note }: { alone: boolean; note: (words: string) => void },
  work: (db: Db) => Promise<T>,
): Promise<T> {
  if (!alone && readHolder(env.home)) {
    try {
      return await work(db());
    } finally {
      await closeAll();
    }
  }
  const release = takeInstanceLock(env.home, null);
  try {
    const database = await openInstallationDatabase(env.home, note);
    try {
      await migrateDatabase(database.url);
      if (alone) await assertNobodyWorks(db());
      return await work(db());
    } finally {
      await closeAll();
      await database.stop();
    }
  } finally {
    release();
  }
}

async function closeAll(): Promise<void> {
  await closeListener();
  await closeDb();
}

async function assertNobodyWorks(from: Db): Promise<void> {
  const since = new Date(new Date().getTime() - ALIVE_WITHIN_MS);
  const worker = await from.worker.findFirst({ where: { heartbeatAt: { gt: since } } });
  if (!worker) return;
  throw new Error(
    `Holdfast uses this database now (a worker on ${worker.host}). Stop it, wait a minute, and try again.`,
  );
}
