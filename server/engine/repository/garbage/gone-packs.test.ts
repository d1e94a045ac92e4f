import { beforeEach, describe, expect, it } from "vitest";
import { readObject } from "../../storage";
import type { TreeRoot } from "../../tree";
import { MemoryNodeIndex } from "../node-index/memory-node-index";
import { rebuildIndex } from "../node-index/rebuild-index";
import { Repository } from "../repository";
import { documents, readAll, store } from "../repository-fixture";
import { Place, packIdOf } from "./garbage-place";

const signal = new AbortController().signal;

let place: Place;
beforeEach(async () => {
  place = await Place.open();
});

describe("an index from before packs were removed", () => {
  it("finds moved nodes where they are when the index comes from before they were moved", async () => {
    const all = documents(800);
    const older = await place.keep(await store(place.repository, all));
    const part = all.filter((_, i) => i % 200 < 40);
    const root = await store(place.repository, part);
    await place.keep(root);
    const yesterday = await place.copyIndex();
    await place.remove(older);
    for (let round = 0; round < 3; round += 1) await place.collect();
    await place.use(yesterday);
    for (let round = 0; round < 3; round += 1) await place.collect();
    expect(await readAll(place.repository, { base: root, deltas: [] })).toHaveLength(part.length);
  });

  it("lets no new snapshot count on them, also before the first round", async () => {
    const all = documents(800);
    const older = await place.keep(await store(place.repository, all.slice(0, 400)));
    const yesterday = await place.copyIndex();
    await place.remove(older);
    for (let round = 0; round < 3; round += 1) await place.collect();
    expect(await place.packs()).toEqual([]);
    await place.use(yesterday);
    place.oldestRun = place.clock.now();
    // The first leaves are as they were.
    const mixed = [...all.slice(0, 300), ...documents(800, 1).slice(300)];
    const root = await store(place.repository, mixed);
    const manifestId = await place.keep(root);
    expect((await place.repository.verify(manifestId, { signal })).problems).toEqual([]);
    place.oldestRun = null;
    for (let round = 0; round < 3; round += 1) await place.collect();
    expect((await place.repository.verify(manifestId, { signal })).problems).toEqual([]);
    expect(await place.holds(root, mixed)).toBe(true);
  });
});

/** Stores the same with another index, as two runs at once do; the index places nothing in the packs of the second. */
async function storeTwice(all: ReturnType<typeof documents>): Promise<{ root: TreeRoot; placed: string[] }> {
  const root = await store(place.repository, all);
  const placed = await place.packs();
  const second = await Repository.open({ store: place.objects, keys: place.keys, index: new MemoryNodeIndex() });
  await store(second, all);
  for (const name of await place.packs()) {
    if (!placed.includes(name)) await place.index.record(await place.packList(name));
  }
  return { root, placed };
}

/** One of these packs that holds leaves alone, so that a mark can read all that it needs without it. */
async function findLeavesOnly(names: string[]): Promise<string> {
  for (const name of names) {
    const nodes = await place.index.nodesIn([packIdOf(name)]);
    const contents = await Promise.all(nodes.map(({ nodeId }) => place.repository.reader().read(nodeId)));
    if (nodes.length > 0 && contents.every((content) => content[1] === 0)) return name;
  }
  throw new Error("no pack holds leaves alone");
}

describe("a storage that was restored to an earlier time", () => {
  const all = documents(400);
  let root: TreeRoot;
  let manifestId: string;
  /** What everything was when the first pack is still locked, all others removed, and then all is there again. */
  beforeEach(async () => {
    root = await store(place.repository, all);
    manifestId = await place.keep(root);
    const earlier = new Map<string, Buffer>();
    for await (const { name } of place.objects.list("")) earlier.set(name, await readObject(place.objects, name));
    const [locked] = await place.packs();
    await place.objects.extendLock(locked!, { mode: "COMPLIANCE", until: new Date(new Date().getTime() + 3_600_000) });
    await place.remove(manifestId);
    for (let round = 0; round < 2; round += 1) await place.collect();
    expect(await place.packs()).toEqual([locked]);
    for (const [name, content] of earlier) if (name !== locked) await place.objects.put(name, content);
  });

  it("has its packs taken in again by a round, though they were removed, and none of them removed again", async () => {
    const before = await place.packs();
    expect((await place.collect()).packsFound).toBe(before.length);
    expect(await place.holds(root, all)).toBe(true);
    for (let round = 0; round < 3; round += 1) await place.collect();
    expect(await place.packs()).toEqual(before);
    expect((await place.repository.verify(manifestId, { signal })).problems).toEqual([]);
  });

  it("has them in an index that is rebuilt, as the rebuilding says", async () => {
    const rebuilt = await rebuildIndex(place.repository);
    expect(rebuilt).toMatchObject({ packs: (await place.packs()).length, damagedPacks: [] });
    expect((await place.repository.verify(manifestId, { signal })).problems).toEqual([]);
    for (let round = 0; round < 3; round += 1) await place.collect();
    expect((await place.repository.verify(manifestId, { signal })).problems).toEqual([]);
  });
});

describe("packs that are gone", () => {
  it.each([
    ["nobody has condemned", 0],
    ["are condemned, too", 2],
  ])("leave their nodes to copies in packs that %s", async (_, roundsBefore) => {
    const all = documents(400);
    const { root, placed } = await storeTwice(all);
    await place.keep(root);
    // While it goes on no condemned pack is removed.
    place.clock.advance(1);
    place.oldestRun = place.clock.now();
    for (let round = 0; round < roundsBefore; round += 1) await place.collect();
    place.oldestRun = null;
    const name = await findLeavesOnly(placed);
    await place.objects.delete(name);
    expect(await place.collect()).toMatchObject({ gonePackIds: [name.slice(-32)], unreadable: [] });
    expect(await place.holds(root, all)).toBe(true);
    for (let round = 0; round < 4; round += 1) await place.collect();
    expect(await place.holds(root, all)).toBe(true);
  });

  it("are told as gone until they return, and no manifest that needs them is written meanwhile", async () => {
    const all = documents(400);
    const root = await store(place.repository, all);
    const manifestId = await place.keep(root);
    const manifest = await place.repository.readManifest(manifestId);
    const name = await findLeavesOnly(await place.packs());
    const content = await readObject(place.objects, name);
    const [lost] = await place.index.nodesIn([packIdOf(name)]);
    await place.objects.delete(name);
    await place.collect();
    expect((await place.index.lookup([lost!.nodeId])).get(lost!.nodeId.toString("hex"))).toMatchObject({ gone: true });
    const packId = name.slice(-32);
    const missing = { code: "NODE_MISSING", params: expect.objectContaining({ packId }) as unknown };
    await expect(place.repository.assertNothingGone(manifest)).rejects.toMatchObject(missing);
    // Neither for itself nor because an older one has the same root.
    await expect(place.repository.writeManifest(manifest)).rejects.toMatchObject(missing);
    await expect(place.repository.writeManifest(manifest, { basedOn: manifestId })).rejects.toMatchObject(missing);
    await place.objects.put(name, content);
    expect((await place.collect()).gonePackIds).toEqual([]);
    await place.repository.assertNothingGone(manifest);
    await place.repository.writeManifest(manifest, { basedOn: manifestId });
    expect(await store(place.repository, all)).toEqual(root);
    expect(await place.holds(root, all)).toBe(true);
  });

  it("are read for copies once: later rounds read no lists of packs that are known", async () => {
    await place.keep(await store(place.repository, documents(400)));
    const name = await findLeavesOnly(await place.packs());
    await place.objects.delete(name);
    const lists: string[] = [];
    const { repository } = place;
    const readPackList = repository.readPackList.bind(repository);
    repository.readPackList = (packId, bytes) => (lists.push(packId.toString("hex")), readPackList(packId, bytes));
    await place.collect();
    expect(lists).toHaveLength((await place.packs()).length);
    expect((await place.collect()).gonePackIds).toHaveLength(1);
    expect(lists).toHaveLength((await place.packs()).length);
  });

  it("lets nothing new count on packs that somebody removed, and keeps their places in case they come back", async () => {
    const root = await store(place.repository, documents(400));
    await place.keep(root);
    const [name] = await place.packs();
    const content = await readObject(place.objects, name!);
    await place.objects.delete(name!);
    expect((await place.collect()).gonePackIds).toEqual([name!.slice(-32)]);

    const again = await store(place.repository, documents(400));
    expect(again).toEqual(root);
    expect(await readAll(place.repository, { base: again, deltas: [] })).toHaveLength(400);
    await place.collect();
    await place.collect();
    expect(await readAll(place.repository, { base: again, deltas: [] })).toHaveLength(400);

    const [other] = (await place.packs()).slice(-1);
    const kept = await readObject(place.objects, other!);
    await place.objects.delete(other!);
    for (let round = 0; round < 3; round += 1) await place.collect();
    await place.objects.put(other!, kept);
    await place.objects.put(name!, content);
    for (let round = 0; round < 3; round += 1) await place.collect();
    expect(await readAll(place.repository, { base: again, deltas: [] })).toHaveLength(400);
  });
});
