import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalNodeIndex } from "./local-node-index";
import { listPacks, packName } from "../pack";
import { refreshLocalIndex } from "./refresh-local-index";
import { Repository } from "..";
import { documents, makeRepository, readAll, store, type Fixture } from "../repository-fixture";

const signal = new AbortController().signal;
let folder: string;
let index: LocalNodeIndex;
let fixture: Fixture;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-index-"));
  index = new LocalNodeIndex(join(folder, "index.mdb"));
  fixture = await makeRepository();
});
afterEach(async () => {
  await index.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = () => Repository.open({ ...fixture, index });

async function packs(): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const { packId } of listPacks(fixture.store)) found.push(packId);
  return found;
}

describe("the command line's index", () => {
  it("reads a repository with nothing but the packs' own lists, and survives being closed", async () => {
    const base = await store(fixture.repository, documents(300));
    const first = await refreshLocalIndex(await open(), index, { signal });
    expect(first).toMatchObject({ packs: first.read, forgotten: 0, damaged: [] });
    await index.close();
    index = new LocalNodeIndex(join(folder, "index.mdb"));
    expect(await readAll(await open(), { base, deltas: [] })).toHaveLength(300);
  });

  it("reads only the lists of packs it has not seen, and forgets packs that are gone", async () => {
    await store(fixture.repository, documents(200));
    const { packs: before } = await refreshLocalIndex(await open(), index, { signal });
    await store(fixture.repository, documents(200, 7));
    const second = await refreshLocalIndex(await open(), index, { signal });
    expect(second.read).toBe(second.packs - before);
    const [gone] = await packs();
    await fixture.store.delete(packName(gone!));
    expect(await refreshLocalIndex(await open(), index, { signal })).toMatchObject({ read: 0, forgotten: 1 });
    expect([...index.places()].some(({ place }) => place.packId.equals(gone!))).toBe(false);
    expect(index.knownPacks().size).toBe(second.packs - 1);
  });

  it("has every place of a node, and takes another one when the first is damaged or gone", async () => {
    const nodeId = Buffer.alloc(32, 1);
    const place = { offset: 21, storedBytes: 10, contentBytes: 20 };
    const [a, b] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
    for (const packId of [a, b]) await index.record({ packId, storedBytes: 100, nodes: [{ nodeId, ...place }] });
    const found = async () => (await index.lookup([nodeId])).get(nodeId.toString("hex"))?.packId.toString("hex");
    expect(index.placesOf(nodeId)).toHaveLength(2);
    expect(await found()).toBe(a.toString("hex"));
    expect(index.distrust(nodeId, a)).toBe(true);
    expect(await found()).toBe(b.toString("hex"));
    expect(index.distrust(nodeId, b)).toBe(false);
    await index.forget(b);
    expect(await found()).toBe(a.toString("hex"));
    await index.forget(a);
    expect(await found()).toBeUndefined();
  });

  it("keeps the places of a pack whose list became unreadable, for its nodes may be whole", async () => {
    const base = await store(fixture.repository, documents(300));
    await refreshLocalIndex(await open(), index, { signal });
    for (const packId of await packs()) {
      const name = packName(packId);
      const bytes = (await fixture.store.head(name))!.bytes;
      const content: Buffer[] = [];
      for await (const piece of fixture.store.get(name)) content.push(Buffer.from(piece));
      const damaged = Buffer.concat(content);
      damaged[bytes - 5]! ^= 1;
      await fixture.store.put(name, damaged);
    }
    const refresh = await refreshLocalIndex(await open(), index, { signal, reread: true });
    expect(refresh.damaged).toHaveLength((await packs()).length);
    expect(await readAll(await open(), { base, deltas: [] })).toHaveLength(300);
  });
});
