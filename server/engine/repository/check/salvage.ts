import { compareToBound } from "../../tree/bound";
import { buildTree, type Entry, type NodeReader, type TreeRoot } from "../../tree";
import { decodeNode, isLeaf } from "../../tree/node-codec";
import { overlay } from "../../tree/overlay";
import { prefetch } from "../../tree/prefetch";
import type { DamagedCollection, DamagedRange } from "./damage";
import type { CollectionManifest, SnapshotManifest } from "../manifest";
import type { Repository } from "../repository";

const AHEAD_BYTES = 8 * 1024 * 1024;

export interface SalvagedSnapshot {
  manifestId: string;
  manifest: SnapshotManifest;
}

/**
 * A new snapshot with what is left of a damaged one: every document whose newest state can be read. Within the keys of a
 * damaged node nothing of the layers below it is taken, for it may be older than what was lost. Whole collections keep their
 * trees; damaged ones get a new base. `repository` must take writes: give it a scratch storage over the damaged one.
 */
export async function salvageSnapshot(
  repository: Repository,
  manifest: SnapshotManifest,
  damage: readonly DamagedCollection[],
  signal: AbortSignal,
): Promise<SalvagedSnapshot> {
  const writer = repository.writer();
  const salvaged = new Map<CollectionManifest, CollectionManifest>();
  for (const { collection, ranges } of damage) {
    const params = { ...repository.shape, keys: collection.keying === "id" ? "fromId" : "stored" } as const;
    const base = await buildTree(intactEntries(repository.reader(), collection, ranges, signal), writer, params);
    const { documents, bytes } = base;
    salvaged.set(collection, { ...collection, layers: { base, deltas: [] }, documents, bytes });
  }
  await writer.flush();
  const members = manifest.members.map((member) => ({
    ...member,
    collections: member.collections.map((collection) => salvaged.get(collection) ?? collection),
  }));
  const intact: SnapshotManifest = { ...manifest, members };
  return { manifest: intact, manifestId: await repository.writeManifest(intact) };
}

async function* intactEntries(
  reader: NodeReader,
  { layers }: CollectionManifest,
  ranges: readonly DamagedRange[],
  signal: AbortSignal,
): AsyncGenerator<Entry> {
  if (!layers) return;
  const faulty = new Set(ranges.map(({ fault }) => fault.nodeId));
  let merged = intactBatches(reader, layers.base, faulty);
  for (const [at, delta] of layers.deltas.entries()) {
    const own = ranges.filter(({ layer }) => layer === at + 1);
    merged = overlay(outside(merged, own), intactBatches(reader, delta, faulty));
  }
  for await (const batch of merged) {
    signal.throwIfAborted();
    yield* batch.filter(({ doc }) => doc !== null);
  }
}

/** Entries of all leaves that have no faulty node above them or are one. */
async function* intactBatches(
  reader: NodeReader,
  root: TreeRoot,
  faulty: ReadonlySet<string>,
): AsyncGenerator<readonly Entry[]> {
  if (!root.id) return;
  const leaves = prefetch(intactLeaves(reader, root.id, root.bytes, root.height - 1, faulty), {
    limitBytes: AHEAD_BYTES,
    weigh: ({ bytes }) => bytes,
    start: ({ id }) => reader.read(id),
  });
  for await (const content of leaves) {
    const node = decodeNode(content);
    if (isLeaf(node)) yield node.entries;
  }
}

async function* intactLeaves(
  reader: NodeReader,
  id: Buffer,
  bytes: number,
  level: number,
  faulty: ReadonlySet<string>,
): AsyncGenerator<{ id: Buffer; bytes: number }> {
  if (faulty.has(id.toString("hex"))) return;
  if (level === 0) {
    yield { id, bytes };
    return;
  }
  const node = decodeNode(await reader.read(id));
  if (isLeaf(node)) return;
  for (const child of node.children) yield* intactLeaves(reader, child.id, child.bytes, level - 1, faulty);
}

/** Without the keys of damaged ranges. Where a long key leaves open on which side it lies, it counts as inside. */
async function* outside(
  batches: AsyncIterable<readonly Entry[]>,
  ranges: readonly DamagedRange[],
): AsyncGenerator<readonly Entry[]> {
  const isInside = ({ key }: Entry) =>
    ranges.some(
      ({ after, last }) =>
        (after === null || (compareToBound(key, after) ?? 1) > 0) &&
        (last === null || (compareToBound(key, last) ?? -1) <= 0),
    );
  for await (const batch of batches) {
    const left = ranges.length === 0 ? batch : batch.filter((entry) => !isInside(entry));
    if (left.length > 0) yield left;
  }
}
