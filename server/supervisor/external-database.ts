import { randomBytes } from "node:crypto";
import pg from "pg";

const OLDEST_VERSION = 130_000;
const PROBE_TIMEOUT_MS = 3_000;

/** The parts of a client that the probe uses. */
export interface ProbeClient {
  query(sql: string): Promise<{ rows: Array<Record<string, unknown>> }>;
  on(event: "notification", handler: (message: { channel: string; payload?: string }) => void): unknown;
}

async function backendOf(client: ProbeClient): Promise<unknown> {
  return (await client.query("select pg_backend_pid() as pid")).rows[0]?.["pid"];
}

/**
 * Whether two clients that are open at once share server connections, as behind a pooler in transaction mode: then
 * LISTEN, advisory locks and prepared statements get lost. Asked of the behaviour: a client must keep its own back
 * end, no other client may have the same, and what it LISTENs to must arrive.
 */
export async function isTransactionPooled(first: ProbeClient, second: ProbeClient): Promise<boolean> {
  const mine = await backendOf(first);
  for (let round = 0; round < 3; round++) {
    await second.query("begin");
    const theirs = await backendOf(second);
    // Not both at once: a pool with one connection would never answer.
    const mineAgain = theirs === mine ? null : await backendOf(first);
    await second.query("commit");
    if (mineAgain !== mine) return true;
  }
  const channel = `holdfast_probe_${randomBytes(4).toString("hex")}`;
  const heard = new Promise<boolean>((resolve) => {
    first.on("notification", (message) => message.channel === channel && resolve(true));
    setTimeout(() => resolve(false), PROBE_TIMEOUT_MS).unref();
  });
  await first.query(`listen ${channel}`);
  await second.query(`notify ${channel}`);
  const arrived = await heard;
  await first.query(`unlisten ${channel}`);
  return !arrived;
}

function hostOf(url: string): string {
  return new URL(url).host;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw new Error(
      `DATABASE_URL: PostgreSQL at ${hostOf(url)} cannot be used: ${(error as Error).message || String((error as { code?: string }).code)}\n` +
        "Check the address, the user and its password; unset DATABASE_URL to use the embedded PostgreSQL.",
      { cause: error },
    );
  }
}

/** Throws an Error for people unless the database can carry Holdfast: version, session connections, LISTEN. */
export async function checkExternalDatabase(url: string): Promise<void> {
  const first = await connect(url);
  const second = await connect(url);
  try {
    const version = Number((await first.query("show server_version_num")).rows[0]?.["server_version_num"]);
    if (version < OLDEST_VERSION) {
      throw new Error(`DATABASE_URL: Holdfast needs PostgreSQL 13 or newer; ${hostOf(url)} is ${version}.`);
    }
    if (await isTransactionPooled(first, second)) {
      throw new Error(
        `DATABASE_URL: ${hostOf(url)} is a connection pooler in transaction mode (as PgBouncer, Supavisor or Neon's "-pooler" host run it).\n` +
          "Holdfast needs sessions of its own, for LISTEN/NOTIFY and locks. Use the database's direct address, or the pooler's session mode.",
      );
    }
  } finally {
    await first.end();
    await second.end();
  }
}
