import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { DomainError } from "@/server/platform/errors/domain-error";
import { readObject } from "../../storage";
import { FaultyStore } from "../../storage/wrappers/faulty";
import type { TreeRoot } from "../../tree";
import type { PlacedNode } from "../node-index/collectable-index";
import type { GarbageReport } from "./garbage";
import { packIdOf, Place } from "./garbage-place";
import { fateOfManifest } from "./ledger";
import { LiveNodes } from "./live-nodes";
import { packName } from "../pack";
import { Repository } from "../repository";
import { documents, manifestOf, readAll, store } from "../repository-fixture";

const signal = new AbortController().signal;

let place: Place;
beforeEach(async () => {
  place = await Place.open();
});

/** A kept snapshot that needs a little of each of the packs that a deleted one left. */
async function makeSparse(): Promise<{ kept: TreeRoot; part: ReturnType<typeof documents>; sparse: string[] }> {
  const all = documents(800);
  const deleted = await place.keep(await store(place.repository, all));
  const sparse = await place.packs();
  const part = all.filter((_, i) => i % 200 < 40);
  const kept = await store(place.repository, part);
  await place.keep(kept);
  await place.remove(deleted);
  return { kept, part, sparse };
}

describe("collecting garbage", () => {
  it("removes what a deleted snapshot alone needed, an hour after it was condemned, and keeps the rest", async () => {
    const kept = await store(place.repository, documents(800));
    await place.keep(kept);
    const before = await place.packs();
    await place.remove(await place.keep(await store(place.repository, documents(800, 1))));
    const added = (await place.packs()).length - before.length;
    expect(added).toBeGreaterThan(1);
    expect(await place.collect()).toMatchObject({ packsCondemned: added, packsRemoved: 0, packsWaiting: added });
    expect(await place.collect()).toMatchObject({ packsCondemned: 0, packsRemoved: added, packsWaiting: 0 });
    expect(await place.packs()).toEqual(before);
    expect(await place.holds(kept, documents(800))).toBe(true);
    expect(await place.collect()).toMatchObject({ packsCondemned: 0, packsRemoved: 0, packsKept: before.length });
  });

  it("lets a pack that the storage keeps locked wait for the end of its lock, and removes the others", async () => {
    await place.remove(await place.keep(await store(place.repository, documents(800))));
    const packs = await place.packs();
    await place.collect();
    const until = new Date(new Date().getTime() + 1_000);
    await place.objects.extendLock(packs[0]!, { mode: "COMPLIANCE", until });
    expect(await place.collect()).toMatchObject({ packsRemoved: packs.length - 1, packsWaiting: 1 });
    expect(await place.packs()).toEqual([packs[0]]);
    await setTimeout(until.getTime() - new Date().getTime() + 10);
    expect(await place.collect()).toMatchObject({ packsRemoved: 1, packsWaiting: 0 });
    expect(await place.packs()).toEqual([]);
  });

  it("waits for a run that began before, however long", async () => {
    await place.remove(await place.keep(await store(place.repository, documents(300))));
    await place.collect();
    place.oldestRun = new Date(place.clock.now().getTime() - 1);
    for (let hour = 0; hour < 30; hour += 1) expect((await place.collect()).packsRemoved).toBe(0);
    place.oldestRun = place.clock.now();
    expect((await place.collect()).packsRemoved).toBeGreaterThan(0);
    expect(await place.packs()).toEqual([]);
  });

  it("does not condemn what a run under way has stored", async () => {
    place.oldestRun = place.clock.now();
    place.clock.advance(1);
    await store(place.repository, documents(300));
    expect(await place.collect()).toMatchObject({ packsCondemned: 0 });
    place.oldestRun = null;
    expect((await place.collect()).packsCondemned).toBeGreaterThan(0);
  });

  it("moves what is alive out of sparse packs, and a reader who knows the old place follows", async () => {
    const { kept, part, sparse } = await makeSparse();
    expect((await place.collect()).packsCondemned).toBeGreaterThan(0);
    const old = await place.index.nodesIn(sparse.map((name) => packIdOf(name)));
    const report = await place.collect();
    expect(report.packsRewritten).toBeGreaterThan(0);
    expect(report.writtenBytes).toBeLessThan(report.removedBytes);
    expect(await place.holds(kept, part)).toBe(true);
    const now = await place.index.lookup(old.map(({ nodeId }) => nodeId));
    const isMoved = ({ nodeId, packId }: PlacedNode) =>
      now.get(nodeId.toString("hex"))?.packId.equals(packId) === false;
    const moving = old.find(isMoved)!;
    // A process that looked the node up before.
    let lookups = 0;
    const index = {
      lookup: async (ids: Buffer[]) => {
        const found = await place.index.lookup(ids);
        lookups += 1;
        return lookups === 1 && found.size > 0 ? new Map([[moving.nodeId.toString("hex"), moving]]) : found;
      },
      record: () => Promise.reject(new Error("it only reads")),
      hasGonePacks: () => place.index.hasGonePacks(),
    };
    const reader = (await Repository.open({ store: place.objects, keys: place.keys, index })).reader();
    expect(await reader.read(moving.nodeId)).toEqual(await place.repository.reader().read(moving.nodeId));
    expect(lookups).toBe(2);
  });

  it("takes in packs that the index lacks: needed ones stay as they are, others go", async () => {
    const kept = await store(place.repository, documents(400));
    const manifestId = await place.keep(kept);
    const needed = await place.packs();
    await store(place.repository, documents(400, 1));
    const found = (await place.packs()).length;
    await place.forgetIndex();
    expect(await place.collect()).toMatchObject({ packsFound: found, unreadable: [], packsRemoved: 0 });
    expect(await place.collect()).toMatchObject({ packsPardoned: needed.length, packsRemoved: found - needed.length });
    expect(await place.packs()).toEqual(needed);
    expect((await place.repository.verify(manifestId, { signal })).ok).toBe(true);
  });

  it("sees a manifest that came while others were read, when the one that it was built on went", async () => {
    const all = documents(800);
    const older = await place.keep(await store(place.repository, all));
    const part = all.filter((_, i) => i % 200 < 40);
    const base = await store(place.repository, part);
    const first = await place.keep(base);
    await place.remove(older);
    expect((await place.collect()).packsCondemned).toBeGreaterThan(0);
    place.clock.advance(1000);
    // A run begins, which builds on `first` without looking anything up; it ends, and `first` goes, in the midst of a mark.
    place.oldestRun = place.clock.now();
    const { repository } = place;
    const readManifest = repository.readManifest.bind(repository);
    let isUnderWay = true;
    const listManifests = repository.listManifests.bind(repository);
    // A list is a page that was made before its first entry is read.
    repository.listManifests = async function* () {
      const ids: string[] = [];
      for await (const id of listManifests()) ids.push(id);
      yield* ids;
    };
    repository.readManifest = async (id) => {
      if (id === first && isUnderWay) {
        isUnderWay = false;
        const later = await repository.writeManifest(manifestOf({ a: { base, deltas: [] } }, { a: base }), {
          basedOn: first,
        });
        place.needed = [...place.needed, later];
        place.oldestRun = null;
        await place.remove(first);
      }
      return readManifest(id);
    };
    await place.collect();
    expect(isUnderWay).toBe(false);
    expect(await readAll(repository, { base, deltas: [] })).toHaveLength(part.length);
  });

  it("loses nothing of a run whose packs were found in the storage before the run had recorded them", async () => {
    const all = documents(300);
    await place.remove(await place.keep(await store(place.repository, all)));
    await place.collect();
    place.clock.advance(1);
    place.oldestRun = place.clock.now();
    // The run finds its nodes in condemned packs and stores them again. Before it can say where, a round takes its pack in,
    // and removes the condemned ones only when the run is done.
    let endRun = (): void => undefined;
    const runIsDone = new Promise<void>((resolve) => (endRun = resolve));
    let round: Promise<GarbageReport> | null = null;
    const after = (operation: string, name: string): Promise<void> | void => {
      if (operation !== "put" || !name.startsWith("packs/") || round) return;
      return new Promise((recordPack) => {
        const assertAlone = (): Promise<void> => (recordPack(), runIsDone);
        round = place.collect(assertAlone);
      });
    };
    const slow = new FaultyStore(place.objects, { after });
    const run = await Repository.open({ store: slow, index: place.index, keys: place.keys });
    const root = await store(run, all);
    await place.keep(root);
    place.oldestRun = null;
    endRun();
    const report = await round!;
    expect(Math.min(report.packsFound, report.packsRemoved)).toBeGreaterThan(0);
    expect(await place.holds(root, all)).toBe(true);
    for (let hour = 0; hour < 3; hour += 1) await place.collect();
    expect(await place.holds(root, all)).toBe(true);
  });

  it("removes nothing, and names the manifest, when it is unknown what a snapshot needs", async () => {
    const kept = await store(place.repository, documents(400));
    const manifestId = await place.keep(kept);
    await place.remove(await place.keep(await store(place.repository, documents(400, 1))));
    await place.collect();
    const before = await place.packs();
    const name = `manifests/${manifestId}`;
    const manifest = await readObject(place.objects, name);
    const inner = (await place.index.lookup([kept.id!])).get(kept.id!.toString("hex"))!;
    const pack = await readObject(place.objects, packName(inner.packId));
    const cases: Array<[code: string, damage: () => Promise<void>, mend: () => Promise<void>]> = [
      ["MANIFEST_CORRUPT", () => place.flip(name, 40), () => place.objects.put(name, manifest)],
      ["MANIFEST_NOT_FOUND", () => place.objects.delete(name), () => place.objects.put(name, manifest)],
      [
        "NODE_MISSING",
        () => place.objects.delete(packName(inner.packId)),
        () => place.objects.put(packName(inner.packId), pack),
      ],
      [
        "NODE_CORRUPT",
        () => place.flip(packName(inner.packId), inner.offset + 20),
        () => place.objects.put(packName(inner.packId), pack),
      ],
    ];
    for (const [code, damage, mend] of cases) {
      await damage();
      const report = await place.collect();
      expect(report).toMatchObject({ packsCondemned: 0, packsRemoved: 0, packsRewritten: 0 });
      expect(report.unreadable).toEqual([{ manifestId, code, message: expect.any(String) as string }]);
      await mend();
      expect(await place.packs()).toEqual(before);
    }
    expect((await place.collect()).packsRemoved).toBeGreaterThan(0);
    expect(await place.holds(kept, documents(400))).toBe(true);
  });

  it("touches nothing when the storage is not there", async () => {
    await place.remove(await place.keep(await store(place.repository, documents(300))));
    await place.collect();
    const header = await readObject(place.objects, "holdfast-repository");
    await place.objects.delete("holdfast-repository");
    await expect(place.collect()).rejects.toMatchObject({ code: "REPOSITORY_NOT_FOUND" });
    await place.objects.put("holdfast-repository", header);
    expect((await place.collect()).packsRemoved).toBeGreaterThan(0);
  });

  it("leaves a sparse pack where it is while a needed node in it is damaged", async () => {
    const { sparse } = await makeSparse();
    await place.collect();
    const ids = sparse.map((name) => packIdOf(name));
    const leaves: string[] = [];
    for (const { nodeId, packId, offset } of await place.index.nodesIn(ids)) {
      if ((await place.repository.reader().read(nodeId))[1] !== 0) continue;
      await place.flip(packName(packId), offset + 20);
      leaves.push(packName(packId));
    }
    const report = await place.collect();
    expect(report.unreadable).toEqual([]);
    const left = new Set(await place.packs());
    const needed = place.needed[0]!;
    const problems = (await place.repository.verify(needed, { signal })).problems;
    expect(problems.length).toBeGreaterThan(0);
    for (const { packId } of problems) expect(left.has(packName(Buffer.from(packId!, "hex")))).toBe(true);
    for (const { code } of problems) expect(code).toBe("NODE_CORRUPT");
  });

  it("leaves a found pack that cannot be read, and says so", async () => {
    await store(place.repository, documents(300));
    const [first] = await place.packs();
    await place.flip(first!, 30);
    const content = await readObject(place.objects, first!);
    await place.flip(first!, content.length - 20);
    await place.forgetIndex();
    await place.collect();
    const report = await place.collect();
    expect(report.damagedPackIds).toEqual([first!.slice(-32)]);
    expect(await place.packs()).toEqual([first]);
  });

  it("stops before the first removal when another collector may be at work", async () => {
    await place.remove(await place.keep(await store(place.repository, documents(300))));
    await place.collect();
    const before = await place.packs();
    await expect(place.collect(() => Promise.reject(new Error("the lock is gone")))).rejects.toThrow(
      "the lock is gone",
    );
    expect(await place.packs()).toEqual(before);
  });
});

describe("writing a manifest", () => {
  it("leaves none behind when the run was lost before or meanwhile", async () => {
    const root = await store(place.repository, documents(100));
    for (const lostAt of [1, 2]) {
      let asked = 0;
      const assertHeld = async () => {
        asked += 1;
        if (asked === lostAt) throw new DomainError("RUN_LEASE_LOST");
      };
      const manifest = manifestOf({ a: { base: root, deltas: [] } }, { a: root });
      await expect(place.repository.writeManifest(manifest, { assertHeld })).rejects.toMatchObject({
        code: "RUN_LEASE_LOST",
      });
      expect(asked).toBe(lostAt);
      for await (const manifestId of place.repository.listManifests()) expect(manifestId).toBe("none");
    }
  });
});

describe("a manifest", () => {
  const moment = new Date("2026-01-01T12:00:00Z");
  const before = new Date(moment.getTime() - 1);
  const after = new Date(moment.getTime() + 1);
  const kept = { manifestId: "a", ended: true, deletedAt: null };
  const deleted = { ...kept, deletedAt: moment };
  const none = { ...kept, manifestId: null };

  it.each([
    ["of a kept snapshot is needed", "a", kept, null, "needed"],
    [
      "of a run that goes on is needed, also its second",
      "b",
      { ...kept, manifestId: null, ended: false },
      null,
      "needed",
    ],
    ["of a killed try is removable", "b", kept, before, "removable"],
    ["of a snapshot that failed is needed, for it may have been completed", "b", none, null, "needed"],
    ["of a snapshot that failed goes with its row", "b", { ...none, deletedAt: moment }, null, "removable"],
    ["of a deleted snapshot waits for a run that began before", "a", deleted, before, "waiting"],
    ["of a deleted snapshot waits for a run that began in that moment", "a", deleted, moment, "waiting"],
    ["of a deleted snapshot is removable beside a later run", "a", deleted, after, "removable"],
    ["of a deleted snapshot is removable when nothing runs", "a", deleted, null, "removable"],
    ["of a snapshot that no row has is foreign", "a", null, null, "foreign"],
  ] as const)("%s", (_, manifestId, snapshot, oldest, fate) => {
    expect(fateOfManifest(manifestId, snapshot, oldest)).toBe(fate);
  });
});

describe("the set of live nodes", () => {
  it("has what was added and nothing that differs in its first 8 bytes", () => {
    const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(id, { maxLength: 200 }), fc.array(id, { maxLength: 50 }), (added, others) => {
        const live = new LiveNodes();
        for (const one of [...added, ...added]) live.add(one);
        const names = new Set(added.map((one) => one.toString("hex", 0, 8)));
        expect(live.size).toBe(names.size);
        for (const one of added) expect(live.has(one)).toBe(true);
        for (const one of others) expect(live.has(one)).toBe(names.has(one.toString("hex", 0, 8)));
      }),
    );
  });

  it("grows, and takes ids that begin with zeros", () => {
    const live = new LiveNodes();
    const idOf = (n: number) => {
      const id = Buffer.alloc(32);
      id.writeUInt32LE(Math.imul(n, 0x9e3779b1) >>> 0, 4);
      return id;
    };
    for (let n = 0; n < 50_000; n += 1) live.add(idOf(n));
    expect(live.size).toBe(50_000);
    for (let n = 0; n < 50_000; n += 7) expect(live.has(idOf(n))).toBe(true);
    for (let n = 50_000; n < 60_000; n += 7) expect(live.has(idOf(n))).toBe(false);
  });
});
