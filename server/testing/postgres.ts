import type { TestProject } from "vitest/node";
import { migrateDatabase } from "@/server/supervisor/migrate";
import { ensureDatabase } from "@/server/supervisor/postgres/server";
import { startTemporaryPostgres } from "@/server/supervisor/postgres/temporary";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's PostgreSQL, with the database name left out. */
    postgresUrl: string;
  }
}

/**
 * One embedded PostgreSQL for a whole test run. Its database `holdfast_template` is migrated once;
 * `createTestDatabase()` copies it in some tens of milliseconds.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTemporaryPostgres();
  try {
    await ensureDatabase(server, "holdfast_template");
    await migrateDatabase(server.url("holdfast_template"));
  } catch (error) {
    await server.remove();
    throw error;
  }
  project.provide("postgresUrl", server.url(""));
  return () => server.remove();
}
