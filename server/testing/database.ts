import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { closeDb, db, type Db } from "@/server/platform/db";
import { chooseDatabase } from "@/server/platform/env";
import { closeListener } from "@/server/platform/postgres";

export interface TestDatabase {
  readonly url: string;
  readonly db: Db;
  /** Closes the process's connections and drops the database. */
  close(): Promise<void>;
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${inject("postgresUrl")}postgres` });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * A migrated, empty database for one test file (project `db`); `db()` and `listen()` of the process use it from now
 * on. Call in `beforeAll`, and `close()` in `afterAll`.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await administer(`create database ${name} template holdfast_template`);
  await closeDb();
  const url = `${inject("postgresUrl")}${name}`;
  chooseDatabase(url);
  return {
    url,
    db: db(),
    close: async () => {
      await closeListener();
      await closeDb();
      await administer(`drop database if exists ${name} with (force)`);
    },
  };
}
