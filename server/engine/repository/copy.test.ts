import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../storage/drivers/memory";
import { FaultyStore, type Faults } from "../storage/wrappers/faulty";
import { applyToLayers, type Layers } from "../tree";
import { MemoryNodeIndex, Repository, type RepositoryKeys } from ".";
import { copySnapshot } from "./copy";
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

const signal = new AbortController().signal;

interface Target {
  store: MemoryStore;
  keys: RepositoryKeys;
  repository: Repository;
}

/** Another place, with a key of its own, of the organization that has this id key. */
async function makeTarget(
  idKey: Buffer,
  through: (store: MemoryStore) => MemoryStore | FaultyStore = (store) => store,
): Promise<Target> {
  const store = new MemoryStore();
  const keys = { idKey, encryptionKey: randomBytes(32) };
  const id = randomBytes(12).toString("hex");
  const options = { store: through(store), index: new MemoryNodeIndex(), keys, id, shape: SHAPE, wrapWith: WRAPPER };
  return { store, keys, repository: await Repository.create(options) };
}

/** A snapshot of layers in a repository of its own. */
async function makeSource() {
  const fixture = await makeRepository();
  const { repository } = fixture;
  const base = await store(repository, documents(2000));
  const first = await repository.writeManifest(manifestOf({ orders: { base, deltas: [] } }, { orders: base }));
  const writer = repository.writer({ packTargetBytes: 8_000 });
  const changes = documents(2000, 7).filter((_, i) => i % 50 === 0);
  const layers = await applyToLayers(repository.reader(), writer, PARAMS, { base, deltas: [] }, changes);
  await writer.flush();
  const second = await repository.writeManifest(manifestOf({ orders: layers, "a view": null }, { orders: base }));
  return { ...fixture, first, second, layers };
}

const layersOf = async (repository: Repository, manifestId: string): Promise<Layers> =>
  (await repository.readManifest(manifestId)).members[0]!.collections[0]!.layers!;

describe("a copied snapshot", () => {
  it("is whole where it was copied to, with the first place gone and in a process that has only storage and keys", async () => {
    const source = await makeSource();
    const expected = Buffer.concat(await readAll(source.repository, source.layers));
    const target = await makeTarget(source.keys.idKey);
    const { manifestId } = await copySnapshot({
      from: source.repository,
      to: target.repository,
      manifestId: source.second,
      signal,
    });
    for await (const { name } of source.store.list("")) await source.store.delete(name);

    const alone = await reopen(target);
    const layers = await layersOf(alone, manifestId);
    expect(layers).toEqual(source.layers);
    expect(Buffer.concat(await readAll(alone, layers)).equals(expected)).toBe(true);
    expect(await alone.verify(manifestId, { signal })).toMatchObject({ ok: true, documents: 2000 });
  });

  it("stores only what the target has not", async () => {
    const source = await makeSource();
    const { repository: to } = await makeTarget(source.keys.idKey);
    const from = source.repository;
    const first = await copySnapshot({ from, to, manifestId: source.first, signal });
    expect(first.newNodes).toBe(first.nodes);
    const second = await copySnapshot({ from, to, manifestId: source.second, signal });
    expect(second.storedBytes).toBeGreaterThan(0);
    expect(second.storedBytes).toBeLessThan(first.storedBytes / 5);
    expect(await copySnapshot({ from, to, manifestId: source.second, signal })).toMatchObject({
      newNodes: 0,
      storedBytes: 0,
    });
  });

  it("says how far it is, up to the number of nodes", async () => {
    const source = await makeSource();
    const { repository: to } = await makeTarget(source.keys.idKey);
    const seen: number[] = [];
    const onProgress = ({ nodes }: { nodes: number }) => void seen.push(nodes);
    const { nodes } = await copySnapshot({
      from: source.repository,
      to,
      manifestId: source.second,
      signal,
      onProgress,
    });
    expect(seen).toEqual(Array.from({ length: nodes }, (_, i) => i + 1));
  });

  it("is not listed when the copy failed or was stopped, and goes on from there afterwards", async () => {
    const source = await makeSource();
    const faults: Faults = {};
    const target = await makeTarget(source.keys.idKey, (inner) => new FaultyStore(inner, faults));
    const copy = () =>
      copySnapshot({ from: source.repository, to: target.repository, manifestId: source.first, signal });
    faults.before = (operation, name) => {
      if (operation === "put" && name.startsWith("packs/")) throw new Error("the line is down");
    };
    await expect(copy()).rejects.toThrowError("the line is down");
    delete faults.before;
    expect(await readIds(target.repository)).toEqual([]);

    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    const stopped = copySnapshot({
      from: source.repository,
      to: target.repository,
      manifestId: source.first,
      signal: stop.signal,
    });
    await expect(stopped).rejects.toThrowError("stopped");
    expect(await readIds(target.repository)).toEqual([]);

    const { manifestId } = await copy();
    expect(await target.repository.verify(manifestId, { signal })).toMatchObject({ ok: true });
  });

  it("is refused to another organization, whose ids mean something else, and nothing is listed there", async () => {
    const source = await makeSource();
    const { repository: to, store: target } = await makeTarget(randomBytes(32));
    const copy = copySnapshot({ from: source.repository, to, manifestId: source.first, signal });
    await expect(copy).rejects.toThrowError(expect.objectContaining({ code: "REPOSITORY_KEY_WRONG" }));
    for await (const { name } of target.list("")) expect(name).not.toMatch(/^(packs|manifests)/);
  });

  it("does not come about from a snapshot that lacks a node", async () => {
    const source = await makeSource();
    const packs: string[] = [];
    for await (const { name } of source.store.list("packs/")) packs.push(name);
    // Whichever comes first, the second snapshot needs it.
    await source.store.delete(packs[0]!);
    const { repository: to } = await makeTarget(source.keys.idKey);
    const copy = copySnapshot({ from: source.repository, to, manifestId: source.second, signal });
    await expect(copy).rejects.toThrowError(expect.objectContaining({ code: "NODE_MISSING" }));
    expect(await readIds(to)).toEqual([]);
  });
});

async function readIds(repository: Repository): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of repository.listManifests()) ids.push(id);
  return ids;
}
