import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { Listener, notify } from "./postgres";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** A handler that collects, and lets a test wait for the next payload. */
function collector() {
  const received: Array<string | null> = [];
  let wake: () => void = () => undefined;
  const handler = (payload: string | null) => {
    received.push(payload);
    wake();
  };
  const until = async (length: number) => {
    while (received.length < length) await new Promise<void>((resolve) => (wake = resolve));
    return received;
  };
  return { handler, until, received };
}

describe("Listener", () => {
  it("delivers what is notified after subscribe resolved, on its own channel only", async () => {
    const listener = new Listener(database.url);
    const mine = collector();
    const other = collector();
    await listener.subscribe("runs", mine.handler);
    await listener.subscribe("Other Channel", other.handler);
    await notify(database.db, "runs", "a");
    await notify(database.db, "Other Channel", "b");
    expect(await mine.until(1)).toEqual(["a"]);
    expect(await other.until(1)).toEqual(["b"]);
    await listener.close();
  });

  it("sends with the transaction: nothing when it is rolled back", async () => {
    const listener = new Listener(database.url);
    const seen = collector();
    await listener.subscribe("tx", seen.handler);
    const rolledBack = database.db.$transaction(async (tx) => {
      await notify(tx, "tx", "lost");
      throw new Error("no");
    });
    await expect(rolledBack).rejects.toThrow("no");
    await database.db.$transaction((tx) => notify(tx, "tx", "kept"));
    expect(await seen.until(1)).toEqual(["kept"]);
    await listener.close();
  });

  it("listens again after its connection was cut, and says that something may be missing", async () => {
    const listener = new Listener(database.url);
    const seen = collector();
    await listener.subscribe("cut", seen.handler);
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast listen' and datname = current_database()",
    );
    await admin.end();
    expect(await seen.until(1)).toEqual([null]);
    await notify(database.db, "cut", "again");
    expect(await seen.until(2)).toEqual([null, "again"]);
    await listener.close();
  });

  it("stops delivering when a subscription ends", async () => {
    const listener = new Listener(database.url);
    const first = collector();
    const second = collector();
    const end = await listener.subscribe("both", first.handler);
    await listener.subscribe("both", second.handler);
    end();
    await notify(database.db, "both", "x");
    await second.until(1);
    expect(first.received).toEqual([]);
    await listener.close();
  });

  it("refuses a payload that PostgreSQL would refuse", async () => {
    await expect(notify(database.db, "long", "x".repeat(8_000))).rejects.toThrow(/too long/);
  });
});
