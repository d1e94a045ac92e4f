import { installQueues } from "@/server/jobs/queue";
import { applyMigrations } from "@/server/platform/migrations/migrate";

/**
 * Brings a database up to date: the tables, the job queue's own schema, and the queues, before any process sends.
 * Safe to run again, and by several processes at once. Returns the names of the migrations that were applied.
 */
export async function migrateDatabase(url: string, root?: string): Promise<string[]> {
  const applied = await applyMigrations(url, root);
  await installQueues(url);
  return applied;
}
