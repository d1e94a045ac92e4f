import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestRepository, photograph, restoreInto, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import type { Repository } from "../repository";
import { collectGarbage, type GarbageReport } from "../repository/garbage/garbage";
import type { CollectableIndex } from "../repository/node-index/collectable-index";
import { MemoryStore } from "../storage/drivers/memory";
import { silentProgress } from "./progress";

const signal = new AbortController().signal;
const COUNT = 3000;

interface Thing {
  _id: number;
  data: string;
  version?: number;
}

let source: TestServer;
let target: TestServer;
let store: MemoryStore;
let repository: Repository;
beforeEach(async () => {
  store = new MemoryStore();
  [source, target, repository] = await Promise.all([startTestServer(), startTestServer(), openTestRepository(store)]);
});
afterEach(() => Promise.all([source.close(), target.close()]));

const things = () => source.client.db("shop").collection<Thing>("things");

async function packs(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list("packs/")) names.push(name);
  return names;
}

/** A round in which whoever needs these manifests is known; it finds out what is gone. */
function collect(...needed: string[]): Promise<GarbageReport> {
  const ledger = {
    now: async () => new Date(),
    oldestRunningSince: async () => null,
    neededManifests: async () => needed,
  };
  return collectGarbage({ repository, index: repository.index as CollectableIndex, ledger, graceMs: 0, signal });
}

/** A snapshot whose inner nodes can all be read, while the pack of most of its leaves is there to be removed. */
async function takeOnTwoPacks(): Promise<{ manifestId: string; leaves: string }> {
  const data = () => randomBytes(300).toString("hex");
  await things().insertMany(Array.from({ length: COUNT }, (_, _id) => ({ _id, data: data() })));
  await source.client.db("shop").collection<Thing>("others").insertOne({ _id: 1, data: data() });
  const first = await takeTestSnapshot(source.client, repository);
  const [leaves, ...more] = await packs();
  expect(more).toEqual([]);
  // So many change that there is a new base, whose inner nodes lie in a second pack.
  await things().updateMany({ _id: { $gte: COUNT * 0.8 } }, { $set: { version: 1 } });
  const { manifestId } = await takeTestSnapshot(source.client, repository, { basedOn: first.manifestId });
  await repository.deleteManifest(first.manifestId);
  return { manifestId, leaves: leaves! };
}

async function expectExact(manifestId: string): Promise<void> {
  expect((await repository.verify(manifestId, { signal })).problems).toEqual([]);
  await restoreInto(target.client, repository, manifestId);
  expect(await photograph(target.client)).toEqual(await photograph(source.client));
}

describe("a snapshot after a pack was found gone", { timeout: 120_000 }, () => {
  it("stores again what it needs of it, unchanged leaves too, reading the source once", async () => {
    const { manifestId, leaves } = await takeOnTwoPacks();
    await store.delete(leaves);
    expect(await collect(manifestId)).toMatchObject({ gonePackIds: [leaves.slice(-32)], unreadable: [] });
    const logged: string[] = [];
    let documents = 0;
    const progress = {
      ...silentProgress,
      log: (_topic: string, text: string) => void logged.push(text),
      advance: (done: { documents: number }) => void (documents += done.documents),
    };
    const third = await takeTestSnapshot(source.client, repository, { basedOn: manifestId, progress });
    expect(logged.join()).toContain("The older snapshot cannot be compared with");
    expect(documents).toBe(COUNT + 1);
    await expectExact(third.manifestId);
    // What was stored again serves the older one, and the next is as cheap as ever.
    expect((await repository.verify(manifestId, { signal })).problems).toEqual([]);
    const fourth = await takeTestSnapshot(source.client, repository, { basedOn: third.manifestId });
    expect(fourth.storedBytes).toBe(0);
  });

  it("starts over when that is found out only while it is taken", async () => {
    const { manifestId, leaves } = await takeOnTwoPacks();
    let isGone = false;
    const third = await takeTestSnapshot(source.client, repository, {
      basedOn: manifestId,
      onPoint: async (point) => {
        if (point !== "flushed" || isGone) return;
        isGone = true;
        await store.delete(leaves);
        await collect(manifestId);
      },
    });
    expect(isGone).toBe(true);
    await expectExact(third.manifestId);
  });
});
