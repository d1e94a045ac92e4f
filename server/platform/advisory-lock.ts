import pg from "pg";
import { databaseUrl } from "./env";

/**
 * Runs `work` while no other process of this installation runs anything under the same name; answers null without running
 * it when one does. The lock is a session's: it ends with its connection, so a process that dies leaves none behind.
 * `assertHeld` throws when the connection is gone, and with it the lock.
 */
export async function withAdvisoryLock<T>(
  name: string,
  work: (assertHeld: () => Promise<void>) => Promise<T>,
): Promise<T | null> {
  const client = new pg.Client({ connectionString: databaseUrl(), keepAlive: true, application_name: "holdfast lock" });
  // A connection that breaks between two queries says so here; the next query then fails.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const sql = "select pg_try_advisory_lock(hashtextextended($1, 0)) as held";
    const { rows } = await client.query<{ held: boolean }>(sql, [name]);
    if (!rows[0]?.held) return null;
    return await work(async () => void (await client.query("select 1")));
  } finally {
    await client.end().catch(() => undefined);
  }
}
