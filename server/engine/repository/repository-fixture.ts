import { randomBytes } from "node:crypto";
import { InstallationKey } from "@/server/platform/crypto";
import { MemoryStore } from "../storage/drivers/memory";
import { buildTree, documentBatches, type Entry, type Layers, type TreeParams, type TreeRoot } from "../tree";
import { numbered } from "../tree/tree-arbitrary";
import { MemoryNodeIndex, Repository, type CollectionManifest, type RepositoryKeys, type SnapshotManifest } from ".";
import { rebuildIndex } from "./node-index/rebuild-index";

/** A repository in memory with small nodes, and what it was made of. */
export interface Fixture {
  store: MemoryStore;
  keys: RepositoryKeys;
  repository: Repository;
}

/** The installation key of the tests. */
export const WRAPPER = new InstallationKey("the installation key of the tests");
export const SHAPE = { leafTargetBytes: 2048, innerTargetBytes: 1024 };
export const PARAMS: TreeParams = { ...SHAPE, keys: "fromId" };

export async function makeRepository(): Promise<Fixture> {
  const store = new MemoryStore();
  const keys = { idKey: randomBytes(32), encryptionKey: randomBytes(32) };
  const index = new MemoryNodeIndex();
  const id = randomBytes(12).toString("hex");
  const repository = await Repository.create({ store, index, keys, id, wrapWith: WRAPPER, shape: SHAPE });
  return { store, keys, repository };
}

/** The same storage seen by an installation that has the keys and nothing else. */
export async function reopen(fixture: Pick<Fixture, "store" | "keys">): Promise<Repository> {
  const repository = await Repository.open({ ...fixture, index: new MemoryNodeIndex() });
  await rebuildIndex(repository);
  return repository;
}

/** Documents that compress about as real ones do. */
export function documents(count: number, version = 0): Array<Entry & { doc: Buffer }> {
  return Array.from({ length: count }, (_, i) => {
    const entry = numbered(i, version, 60);
    for (let at = 0; at < 20; at += 1) entry.doc[entry.doc.length - 30 + at] = (i * 7919 + at * at * 31) & 0xff;
    return entry;
  });
}

/** Writes a tree and makes it durable. */
export async function store(repository: Repository, entries: Iterable<Entry>): Promise<TreeRoot> {
  const writer = repository.writer({ packTargetBytes: 8_000 });
  const root = await buildTree(entries, writer, PARAMS);
  await writer.flush();
  return root;
}

export function manifestOf(
  collections: Record<string, Layers | null>,
  counts: Record<string, TreeRoot>,
): SnapshotManifest {
  const list = Object.entries(collections).map(([name, layers]): CollectionManifest => ({
    database: "shop",
    name,
    type: layers ? "collection" : "view",
    uuid: null,
    options: "{}",
    indexes: ['{"v":2,"key":{"_id":1},"name":"_id_"}'],
    idIndex: null,
    keying: "id",
    layers,
    documents: counts[name]?.documents ?? 0,
    bytes: counts[name]?.bytes ?? 0,
  }));
  return {
    formatVersion: 1,
    snapshotId: "0123456789abcdef01234567",
    createdAt: "2026-01-01T00:00:00.000Z",
    consistent: true,
    source: {
      clusterId: "0123456789abcdef01234568",
      clusterName: "Cluster0",
      mongoDBVersion: "8.0.4",
      fcv: "8.0",
      fcvPinned: false,
      tier: "M10",
      replicaSetName: "rs0",
    },
    members: [{ name: "rs0", clusterTime: { seconds: 1, increment: 2 }, collections: list }],
  };
}

/** All documents of some layers, in order. */
export async function readAll(repository: Repository, layers: Layers): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const batch of documentBatches(repository.reader(), layers)) found.push(...batch.map(({ doc }) => doc));
  return found;
}
