import type { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repository } from "../repository";
import { RESTORE_POINTS, ROLLBACK_POINTS, SimulatedKill, type OnPoint, type RestorePoint } from "./points";
import { resumeRestore } from "./restore-snapshot";
import {
  MemoryJournal,
  openTestRepository,
  photograph,
  restoreInto,
  restoreOptions,
  takeTestSnapshot,
  type NamespaceFacts,
} from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";

/** Small deployments, for these tests run a restore for every point. */
async function fillSmallSource(client: MongoClient): Promise<void> {
  const shop = client.db("shop");
  await shop
    .collection("people")
    .insertMany(Array.from({ length: 300 }, (_, i) => ({ name: `p${i}`, at: new Date(i) })));
  await shop.collection("people").createIndex({ name: 1 }, { name: "byName", unique: true });
  await shop.collection("people").createIndex({ at: 1 }, { name: "expiring", expireAfterSeconds: 2_000_000_000 });
  await shop.collection("orders").insertMany(Array.from({ length: 100 }, (_, i) => ({ total: i })));
  await shop.createCollection("rich", { viewOn: "orders", pipeline: [{ $match: { total: { $gt: 50 } } }] });
}

async function fillSmallTarget(client: MongoClient): Promise<void> {
  const shop = client.db("shop");
  await shop.collection("people").insertMany([{ old: 1 }, { old: 2 }]);
  await shop.collection("people").createIndex({ old: 1 }, { name: "byOld" });
  await shop.collection("onlyHere").insertOne({ keep: false });
  await shop.createCollection("rich", { viewOn: "people", pipeline: [] });
  await client.db("elsewhere").collection("more").insertOne({ a: 1 });
}

/** Throws at the given point, the first time that it is reached. */
function killAt(
  point: RestorePoint | (typeof ROLLBACK_POINTS)[number],
  error: Error = new SimulatedKill(point),
): OnPoint {
  let done = false;
  return (reached) => {
    if (reached !== point || done) return;
    done = true;
    throw error;
  };
}

let source: TestServer;
let repository: Repository;
let manifestId: string;
let wanted: Record<string, NamespaceFacts>;
beforeAll(async () => {
  [source, repository] = await Promise.all([startTestServer(), openTestRepository()]);
  await fillSmallSource(source.client);
  manifestId = (await takeTestSnapshot(source.client, repository)).manifestId;
  wanted = await photograph(source.client);
});
afterAll(() => source.close());

async function withTarget(
  work: (target: TestServer, old: Record<string, NamespaceFacts>, uuids: unknown) => Promise<void>,
): Promise<void> {
  const target = await startTestServer();
  try {
    await fillSmallTarget(target.client);
    await work(target, await photograph(target.client), await uuidsOf(target.client));
  } finally {
    await target.close();
  }
}

async function uuidsOf(client: MongoClient): Promise<unknown> {
  const list = await client.db("shop").listCollections({ type: "collection" }, { nameOnly: false }).toArray();
  return Object.fromEntries(list.map(({ name, info }) => [name, (info as { uuid: unknown }).uuid]));
}

describe("a worker killed at", () => {
  it.each(RESTORE_POINTS)("%s: the next one finishes", async (point) => {
    await withTarget(async ({ client }) => {
      const journal = new MemoryJournal();
      const killed = restoreInto(client, repository, manifestId, { journal, onPoint: killAt(point) });
      await expect(killed).rejects.toBeInstanceOf(SimulatedKill);
      const result = await resumeRestore(restoreOptions(client, repository, manifestId, { journal }));
      expect(result).not.toHaveProperty("rolledBack");
      expect(await photograph(client)).toEqual(wanted);
      expect((await journal.read())?.phase).toBe("done");
    });
  });

  it.each(RESTORE_POINTS)(
    "%s, and again in the resume, and then cancelled: wholly old or wholly new",
    async (point) => {
      await withTarget(async ({ client }, old, uuids) => {
        const journal = new MemoryJournal();
        const stop = new AbortController();
        stop.abort();
        await restoreInto(client, repository, manifestId, { journal, onPoint: killAt(point) }).catch(() => undefined);
        const again = { journal, onPoint: killAt("renamed-in") };
        await resumeRestore(restoreOptions(client, repository, manifestId, again)).catch(() => undefined);
        const end = await resumeRestore(
          restoreOptions(client, repository, manifestId, { journal, signal: stop.signal }),
        );
        const now = await photograph(client);
        if ("rolledBack" in end) {
          expect(now).toEqual(old);
          expect(await uuidsOf(client)).toEqual(uuids);
        } else {
          expect(now).toEqual(wanted);
        }
      });
    },
  );
});

const BEFORE_COMMIT = RESTORE_POINTS.slice(0, RESTORE_POINTS.indexOf("journalled-committed"));

describe("a failure at", () => {
  it.each(BEFORE_COMMIT)("%s leaves the target as it was, UUIDs included", async (point) => {
    await withTarget(async ({ client }, old, uuids) => {
      const journal = new MemoryJournal();
      const failed = restoreInto(client, repository, manifestId, {
        journal,
        onPoint: killAt(point, new Error("injected")),
      });
      await expect(failed).rejects.toThrow("injected");
      expect(await photograph(client)).toEqual(old);
      expect(await uuidsOf(client)).toEqual(uuids);
      expect(await journal.read()).toMatchObject({ phase: "done", result: null });
      expect(await resumeRestore(restoreOptions(client, repository, manifestId, { journal }))).toEqual({
        rolledBack: true,
      });
    });
  });

  it.each(ROLLBACK_POINTS)(
    "the swap's end, and a kill while putting back at %s: the next one puts the rest back",
    async (point) => {
      await withTarget(async ({ client }, old, uuids) => {
        const journal = new MemoryJournal();
        let failed = false;
        const onPoint: OnPoint = (reached) => {
          if (reached === "swapped") failed = true;
          if (reached === "swapped") throw new Error("injected");
          if (failed && reached === point) throw new SimulatedKill(point);
        };
        await expect(restoreInto(client, repository, manifestId, { journal, onPoint })).rejects.toThrow();
        expect(await resumeRestore(restoreOptions(client, repository, manifestId, { journal }))).toEqual({
          rolledBack: true,
        });
        expect(await photograph(client)).toEqual(old);
        expect(await uuidsOf(client)).toEqual(uuids);
      });
    },
  );
});
