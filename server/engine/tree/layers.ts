import { buildTree } from "./builder";
import { overlay } from "./overlay";
import { get, rangeBatches, type KeyBounds, type ReadOptions } from "./read";
import {
  EMPTY_ROOT,
  type Edit,
  type Entry,
  type Layers,
  type NodeReader,
  type NodeWriter,
  type TreeParams,
  type TreeRoot,
} from "./types";

/**
 * Layers: a base, and deltas that hold the last states and tombstones since the layer below. A change to one document
 * in a hundred touches most leaves of a large collection, so rewriting leaves for each snapshot would store everything
 * again; a delta costs what changed. Merging keeps the deltas few, and geometric in size, so that each change is
 * written again about log2 times.
 */
export const DELTAS_MAX = 8;
/** Deltas together may reach this part of the base before a new base is worth writing. */
const BASE_PART = 10;
const ENTRY_OVERHEAD_BYTES = 32;
const DELTA_PREFETCH_BYTES = 1024 * 1024;

export const EMPTY_LAYERS: Layers = { base: EMPTY_ROOT, deltas: [] };

/** The document of this key in the merged state, or null. */
export async function getFromLayers(reader: NodeReader, layers: Layers, key: Buffer): Promise<Buffer | null> {
  for (const root of [...layers.deltas].reverse().concat(layers.base)) {
    const entry = await get(reader, root, key);
    if (entry) return entry.doc;
  }
  return null;
}

/** The documents of the merged state within the bounds, in order of keys, in non-empty batches; no tombstones. */
export async function* documentBatches(
  reader: NodeReader,
  layers: Layers,
  bounds: KeyBounds = {},
  options: ReadOptions = {},
): AsyncGenerator<ReadonlyArray<DocumentEntry>> {
  for await (const batch of mergedBatches(reader, [layers.base, ...layers.deltas], bounds, options)) {
    const documents = batch.every(isDocument) ? batch : batch.filter(isDocument);
    if (documents.length > 0) yield documents;
  }
}

/** An entry that is not a tombstone. */
export type DocumentEntry = Entry & { readonly doc: Buffer };

function isDocument(entry: Entry): entry is DocumentEntry {
  return entry.doc !== null;
}

/** The entries of several layers as one, tombstones included; the first root is the lowest. */
export function mergedBatches(
  reader: NodeReader,
  roots: readonly TreeRoot[],
  bounds: KeyBounds = {},
  options: ReadOptions = {},
): AsyncGenerator<readonly Entry[]> {
  const [base, ...deltas] = roots;
  let merged = rangeBatches(reader, base ?? EMPTY_ROOT, bounds, options);
  const prefetchBytes = Math.min(options.prefetchBytes ?? Infinity, DELTA_PREFETCH_BYTES);
  for (const delta of deltas) merged = overlay(merged, rangeBatches(reader, delta, bounds, { prefetchBytes }));
  return merged;
}

async function* entriesOf(batches: AsyncIterable<readonly Entry[]>): AsyncGenerator<Entry> {
  for await (const batch of batches) yield* batch;
}

/** A delta with these last states; null is a deletion. Edits come in ascending order of distinct keys. */
export function buildDelta(
  edits: AsyncIterable<Edit> | Iterable<Edit>,
  writer: NodeWriter,
  params: TreeParams,
): Promise<TreeRoot> {
  return buildTree(edits, writer, params);
}

/** The layers with one more delta on top; an empty delta changes nothing. */
export function pushDelta(layers: Layers, delta: TreeRoot): Layers {
  return delta.id ? { base: layers.base, deltas: [...layers.deltas, delta] } : layers;
}

/** True when the two newest deltas should become one: the newer has reached half the older, or there are too many. */
export function needsMerge({ deltas }: Layers): boolean {
  const newer = deltas.at(-1);
  const older = deltas.at(-2);
  return (
    newer !== undefined && older !== undefined && (weight(newer) * 2 >= weight(older) || deltas.length > DELTAS_MAX)
  );
}

/** Makes one delta of the two newest; tombstones stay, for the layers below. Their nodes must be readable. */
export async function mergeNewest(
  reader: NodeReader,
  writer: NodeWriter,
  params: TreeParams,
  layers: Layers,
): Promise<Layers> {
  const newest = layers.deltas.slice(-2);
  const merged = await buildTree(entriesOf(mergedBatches(reader, newest)), writer, params);
  return pushDelta({ base: layers.base, deltas: layers.deltas.slice(0, -2) }, merged);
}

/**
 * The layers after these edits: one new delta, and the merges that are due. `flush` makes what `writer` took readable
 * through `reader` (a merge reads the new delta).
 */
export async function applyToLayers(
  reader: NodeReader,
  writer: NodeWriter & { flush(): Promise<unknown> },
  params: TreeParams,
  layers: Layers,
  edits: AsyncIterable<Edit> | Iterable<Edit>,
): Promise<Layers> {
  let result = pushDelta(layers, await buildDelta(edits, writer, params));
  while (needsMerge(result)) {
    await writer.flush();
    result = await mergeNewest(reader, writer, params, result);
  }
  return result;
}

/** True when the deltas have grown to about a tenth of the base, so that a new base is due. */
export function needsNewBase({ base, deltas }: Layers): boolean {
  return deltas.length > 0 && deltas.reduce((sum, delta) => sum + weight(delta), 0) >= rebaseWeight(base);
}

/** The weight of deltas from which on a new base is due. */
export function rebaseWeight(base: TreeRoot): number {
  return weight(base) / BASE_PART;
}

/** What one entry adds to the weight of its delta. */
export function entryWeight(doc: Buffer | null): number {
  return (doc?.length ?? 0) + ENTRY_OVERHEAD_BYTES;
}

/** The same documents as a base alone. Its root is the canonical root. */
export async function writeNewBase(
  reader: NodeReader,
  writer: NodeWriter,
  params: TreeParams,
  layers: Layers,
): Promise<Layers> {
  return { base: await canonicalRoot(entriesOf(documentBatches(reader, layers)), writer, params), deltas: [] };
}

/** Stores the nodes of a canonical tree that hold the documents of `layers` up to and including the key `last`. */
export async function writeBaseThrough(
  reader: NodeReader,
  writer: NodeWriter,
  params: TreeParams,
  layers: Layers,
  last: Buffer,
): Promise<void> {
  // No key lies between one and the same with a zero byte more.
  const to = Buffer.concat([last, Buffer.of(0)]);
  await buildTree(entriesOf(documentBatches(reader, layers, { to })), writer, params);
}

/**
 * The root that these documents have as one tree without history: how two states are compared. `hasher` need store
 * nothing. Entries come in ascending order of keys, without tombstones.
 */
export function canonicalRoot(
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  hasher: NodeWriter,
  params: TreeParams,
): Promise<TreeRoot> {
  return buildTree(entries, hasher, params);
}

function weight(root: TreeRoot): number {
  return root.bytes + (root.documents + root.tombstones) * ENTRY_OVERHEAD_BYTES;
}
