import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DomainError } from "@/server/platform/errors/domain-error";
import { FilesystemStore } from "../storage/drivers/filesystem";
import { MemoryStore } from "../storage/drivers/memory";
import { readObject } from "../storage";
import { FaultyStore, type Faults } from "../storage/wrappers/faulty";
import { applyToLayers, buildTree, canonicalRoot, type Layers } from "../tree";
import { MemoryNodeIndex, Repository } from ".";
import { LocalNodeIndex } from "./node-index/local-node-index";
import {
  documents,
  makeRepository,
  manifestOf,
  PARAMS,
  readAll,
  reopen,
  SHAPE,
  store,
  WRAPPER,
} from "./repository-fixture";
import { rebuildIndex } from "./node-index/rebuild-index";

const withCode = (code: string) => expect.objectContaining({ code });
const signal = new AbortController().signal;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("a repository", () => {
  it("gives back every byte, in the process that wrote and in one that has only storage and keys", async () => {
    const fixture = await makeRepository();
    const entries = documents(3000);
    const root = await store(fixture.repository, entries);
    const layers = { base: root, deltas: [] };
    const manifestId = await fixture.repository.writeManifest(manifestOf({ orders: layers }, { orders: root }));
    for (const repository of [fixture.repository, await reopen(fixture)]) {
      const manifest = await repository.readManifest(manifestId);
      expect(manifest).toEqual(manifestOf({ orders: layers }, { orders: root }));
      const read = await readAll(repository, manifest.members[0]!.collections[0]!.layers!);
      expect(Buffer.concat(read).equals(Buffer.concat(entries.map(({ doc }) => doc)))).toBe(true);
      expect(await repository.verify(manifestId, { signal })).toMatchObject({
        ok: true,
        documents: 3000,
        problems: [],
      });
    }
  });

  it("stores nothing twice: not in one run, not in the next, not in flight", async () => {
    const { repository } = await makeRepository();
    const first = repository.writer();
    const [a, b] = await Promise.all([
      buildTree(documents(500), first, PARAMS),
      buildTree(documents(500), first, PARAMS),
    ]);
    expect(a).toEqual(b);
    const { newNodes, storedBytes } = await first.flush();
    expect(newNodes).toBeGreaterThan(10);
    expect(storedBytes).toBeGreaterThan(0);
    const second = repository.writer();
    expect(await buildTree(documents(500), second, PARAMS)).toEqual(a);
    expect(await second.flush()).toEqual({ newNodes: 0, storedBytes: 0 });
  });

  it("shows a snapshot of layers as their merged documents, whose canonical root needs no storage", async () => {
    const { repository } = await makeRepository();
    const base = await store(repository, documents(400));
    const writer = repository.writer();
    let layers: Layers = { base, deltas: [] };
    for (let round = 1; round <= 3; round += 1) {
      const edits = documents(400, round).filter((_, i) => i % 100 === round);
      layers = await applyToLayers(repository.reader(), writer, PARAMS, layers, edits);
      await writer.flush();
    }
    const expected = documents(400);
    for (let round = 1; round <= 3; round += 1) {
      for (let i = round; i < 400; i += 100) expected[i] = documents(400, round)[i]!;
    }
    const total = await canonicalRoot(expected, repository.hasher(), PARAMS);
    expect(Buffer.concat(await readAll(repository, layers)).equals(Buffer.concat(expected.map(({ doc }) => doc)))).toBe(
      true,
    );
    const manifestId = await repository.writeManifest(manifestOf({ orders: layers }, { orders: total }));
    expect(await repository.verify(manifestId, { signal })).toMatchObject({ ok: true, documents: 400 });
  });

  it("refuses a manifest whose nodes were not flushed, at any depth of its trees", async () => {
    const { repository } = await makeRepository();
    const unflushed = await buildTree(documents(500), repository.writer(), PARAMS);
    const manifest = manifestOf({ orders: { base: unflushed, deltas: [] } }, { orders: unflushed });
    await expect(repository.writeManifest(manifest)).rejects.toThrowError(withCode("NODE_MISSING"));
    const kept = repository.writer();
    const root = await buildTree(documents(500), { write: (content) => keepInner(content) }, PARAMS);
    async function keepInner(content: Buffer): Promise<Buffer> {
      return content[1] === 0 ? repository.hasher().write(content) : kept.write(content);
    }
    await kept.flush();
    const hollow = manifestOf({ orders: { base: root, deltas: [] } }, { orders: root });
    await expect(repository.writeManifest(hollow)).rejects.toThrowError(withCode("NODE_MISSING"));
    expect(await collect(repository.listManifests())).toEqual([]);
  });

  it("trusts roots of an older manifest when it is told to, and walks new ones all the same", async () => {
    const { repository } = await makeRepository();
    const base = await store(repository, documents(300));
    const before = await repository.writeManifest(manifestOf({ a: { base, deltas: [] } }, { a: base }));
    const unflushed = await buildTree(documents(300, 1), repository.writer(), PARAMS);
    const both = manifestOf({ a: { base, deltas: [] }, b: { base: unflushed, deltas: [] } }, { a: base, b: unflushed });
    await expect(repository.writeManifest(both, { basedOn: before })).rejects.toThrowError(withCode("NODE_MISSING"));
    await repository.writeManifest(manifestOf({ a: { base, deltas: [] } }, { a: base }), { basedOn: before });
  });

  it("lists, deletes and does not find manifests", async () => {
    const { repository } = await makeRepository();
    const manifestId = await repository.writeManifest(manifestOf({ view: null }, {}));
    expect(await collect(repository.listManifests())).toEqual([manifestId]);
    await repository.deleteManifest(manifestId);
    await repository.deleteManifest(manifestId);
    await expect(repository.readManifest(manifestId)).rejects.toThrowError(withCode("MANIFEST_NOT_FOUND"));
    await expect(repository.readManifest("../../etc/passwd")).rejects.toThrowError(withCode("MANIFEST_NOT_FOUND"));
  });

  it("says when there is no repository, when there is one already, and when the keys are not its keys", async () => {
    const fixture = await makeRepository();
    const { store: objects, keys, repository } = fixture;
    const index = new MemoryNodeIndex();
    await expect(Repository.open({ store: new MemoryStore(), index, keys })).rejects.toThrowError(
      withCode("REPOSITORY_NOT_FOUND"),
    );
    const again = { store: objects, index, keys, id: repository.id, wrapWith: WRAPPER };
    await expect(Repository.create(again)).rejects.toThrowError(withCode("STORAGE_OBJECT_EXISTS"));
    for (const wrong of [
      { idKey: Buffer.alloc(32) },
      { encryptionKey: Buffer.alloc(32) },
      { idKey: Buffer.alloc(8) },
    ]) {
      await expect(Repository.open({ store: objects, index, keys: { ...keys, ...wrong } })).rejects.toThrowError(
        withCode("REPOSITORY_KEY_WRONG"),
      );
    }
    const header = (await readObject(objects, "holdfast-repository")).toString();
    await objects.put("holdfast-repository", Buffer.from(header.replace("2048", "4096")));
    await expect(Repository.open({ store: objects, index, keys })).rejects.toThrowError(
      withCode("REPOSITORY_KEY_WRONG"),
    );
    await objects.put("holdfast-repository", Buffer.from(header.replace('"formatVersion":1', '"formatVersion":2')));
    await expect(Repository.open({ store: objects, index, keys })).rejects.toThrowError(
      withCode("REPOSITORY_FORMAT_UNKNOWN"),
    );
    await objects.put("holdfast-repository", Buffer.from(header));
    expect((await Repository.open({ store: objects, index, keys })).shape).toEqual(SHAPE);
  });

  it("keeps documents and their sizes from whoever holds only the storage", async () => {
    const fixture = await makeRepository();
    const root = await store(fixture.repository, documents(50));
    await fixture.repository.writeManifest(
      manifestOf({ secretName: { base: root, deltas: [] } }, { secretName: root }),
    );
    for (const { name } of await collect(fixture.store.list(""))) {
      const object = await readObject(fixture.store, name);
      expect(object.includes("secretName")).toBe(false);
      expect(object.includes(documents(1)[0]!.doc.subarray(-30))).toBe(false);
    }
  });

  it("writes nothing false when the storage fails: no promise is kept by halves, and a later run mends it", async () => {
    const fixture = await makeRepository();
    let puts = 0;
    const faults: Faults = {
      before: (operation) => {
        if (operation === "put" && ++puts > 2) throw new DomainError("STORAGE_FULL");
      },
    };
    const index = new MemoryNodeIndex();
    const failing = await Repository.open({ ...fixture, store: new FaultyStore(fixture.store, faults), index });
    const writer = failing.writer({ packTargetBytes: 5000, inFlightBytesMax: 20_000 });
    const building = buildTree(documents(3000), writer, PARAMS).then(() => writer.flush());
    await expect(building).rejects.toThrowError(withCode("STORAGE_FULL"));
    await expect(writer.flush()).rejects.toThrowError(withCode("STORAGE_FULL"));
    await expect(writer.write(Buffer.from("more"))).rejects.toThrowError(withCode("STORAGE_FULL"));
    const healthy = await Repository.open({ ...fixture, index });
    const root = await store(healthy, documents(3000));
    const manifestId = await healthy.writeManifest(manifestOf({ a: { base: root, deltas: [] } }, { a: root }));
    expect((await healthy.verify(manifestId, { signal })).ok).toBe(true);
  });

  it("stops a verify when it is told to", async () => {
    const fixture = await makeRepository();
    const root = await store(fixture.repository, documents(500));
    const manifestId = await fixture.repository.writeManifest(
      manifestOf({ a: { base: root, deltas: [] } }, { a: root }),
    );
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error("enough"));
    await expect(fixture.repository.verify(manifestId, { signal: abort.signal, onProgress })).rejects.toThrowError(
      "enough",
    );
  });
});

describe("layers that are not what was read", () => {
  it("are found by verification, also where counts and lengths agree", async () => {
    const { repository } = await makeRepository();
    const base = await store(repository, documents(10, 1));
    const delta = await store(repository, documents(10, 2).slice(0, 1));
    const read = await store(repository, documents(10, 3));
    const manifest = manifestOf({ a: { base, deltas: [delta] } }, { a: read });
    manifest.members[0]!.collections[0]!.root = read.id!.toString("hex");
    const report = await repository.verify(await repository.writeManifest(manifest), { signal });
    expect(report).toMatchObject({ ok: false, affected: ["shop.a"] });
    expect(report.problems[0]!.message).toContain("not those that were read");
  });
});

describe("a manifest that could not be read again", () => {
  it("is not stored", async () => {
    const { repository } = await makeRepository();
    const root = await store(repository, documents(10));
    const manifest = manifestOf({ a: { base: root, deltas: [] } }, { a: root });
    const broken = { ...manifest, members: [{ ...manifest.members[0]!, clusterTime: { seconds: -1, increment: 0 } }] };
    await expect(repository.writeManifest(broken)).rejects.toThrowError(/members.0.clusterTime.seconds/);
    expect(await collect(repository.listManifests())).toEqual([]);
  });
});

describe("a repository on disk with an LMDB index", () => {
  it("is found again by another process's objects, and its index can be thrown away", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-repository-"));
    try {
      const { keys } = await makeRepository();
      const objects = new FilesystemStore(join(folder, "store"));
      const index = new LocalNodeIndex(join(folder, "index.mdb"));
      const id = "0123456789abcdef01234567";
      const repository = await Repository.create({ store: objects, index, keys, id, wrapWith: WRAPPER, shape: SHAPE });
      const root = await store(repository, documents(800));
      const manifestId = await repository.writeManifest(manifestOf({ a: { base: root, deltas: [] } }, { a: root }));
      await index.close();
      for (const file of ["index.mdb", "fresh.mdb"]) {
        const again = new LocalNodeIndex(join(folder, file));
        const opened = await Repository.open({ store: objects, index: again, keys });
        if (file === "fresh.mdb") expect((await rebuildIndex(opened)).damagedPacks).toEqual([]);
        expect((await opened.verify(manifestId, { signal })).ok).toBe(true);
        await again.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
