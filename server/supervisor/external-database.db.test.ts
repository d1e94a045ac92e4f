import { EventEmitter } from "node:events";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { checkExternalDatabase, isTransactionPooled, type ProbeClient } from "./external-database";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/**
 * What a pooler in transaction mode does, with real server connections behind it: each transaction (or statement
 * outside one) of any client gets whichever connection is free, last used first.
 */
class TransactionPooler {
  readonly #free: pg.Client[];

  constructor(servers: pg.Client[]) {
    this.#free = servers;
  }

  client(): ProbeClient {
    const events = new EventEmitter();
    let held: pg.Client | null = null;
    return {
      on: (event, handler) => events.on(event, handler),
      query: async (sql) => {
        const server = (held ??= this.#free.pop() ?? null);
        if (!server) throw new Error("no server connection is free");
        const result = await server.query<Record<string, unknown>>(sql);
        if (sql !== "begin") {
          const inTransaction = held !== null && open.has(held);
          if (sql === "commit") open.delete(server);
          if (!inTransaction || sql === "commit") {
            this.#free.push(server);
            held = null;
          }
        } else {
          open.add(server);
        }
        return result;
      },
    };
  }
}
const open = new Set<pg.Client>();

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return client;
}

describe("the check of DATABASE_URL", () => {
  it("accepts a database with session connections", async () => {
    await expect(checkExternalDatabase(database.url)).resolves.toBeUndefined();
    const [first, second] = [await connect(), await connect()];
    expect(await isTransactionPooled(first, second)).toBe(false);
    await Promise.all([first.end(), second.end()]);
  });

  it.each([1, 2, 3])("recognizes a pooler in transaction mode with %i server connections", async (count) => {
    const servers = await Promise.all(Array.from({ length: count }, connect));
    const pooler = new TransactionPooler(servers);
    expect(await isTransactionPooled(pooler.client(), pooler.client())).toBe(true);
    await Promise.all(servers.map((server) => server.end()));
  });

  it("says what to check when nobody answers or the password is wrong, without showing it", async () => {
    const nobody = checkExternalDatabase("postgresql://u:s3cret@127.0.0.1:1/x");
    await expect(nobody).rejects.toThrow(/127\.0\.0\.1:1 cannot be used/);
    await expect(nobody).rejects.not.toThrow(/s3cret/);
    const wrong = new URL(database.url);
    wrong.password = "wrong";
    await expect(checkExternalDatabase(wrong.href)).rejects.toThrow(/password authentication failed/);
  });
});
