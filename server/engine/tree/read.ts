import { compareToBound } from "./bound";
import { loadNode } from "./load-node";
import { isLeaf, type ChildRef } from "./node-codec";
import { prefetch } from "./prefetch";
import type { Entry, NodeReader, TreeRoot } from "./types";

/** Keys from `from` on and before `to`; each end is open when absent. */
export interface KeyBounds {
  readonly from?: Buffer;
  readonly to?: Buffer;
}

export interface ReadOptions {
  /** Content of leaves that may be under way at a time; one leaf always may. */
  readonly prefetchBytes?: number;
}

const PREFETCH_BYTES = 8 * 1024 * 1024;

/** The entry of this key, or null. Reads one node for each level. */
export async function get(reader: NodeReader, root: TreeRoot, key: Buffer): Promise<Entry | null> {
  let id = root.id;
  for (let level = root.height - 1; id; level -= 1) {
    const node = await loadNode(reader, id, level);
    if (isLeaf(node)) {
      const entry = node.entries[firstEntryFrom(node.entries, key)];
      return entry?.key.equals(key) ? entry : null;
    }
    const at = await firstChildFrom(reader, node.children, level - 1, key);
    id = node.children[at]?.id ?? null;
  }
  return null;
}

/** The entries within the bounds, in order of keys. */
export async function* range(
  reader: NodeReader,
  root: TreeRoot,
  bounds: KeyBounds = {},
  options: ReadOptions = {},
): AsyncGenerator<Entry> {
  for await (const batch of rangeBatches(reader, root, bounds, options)) yield* batch;
}

/** The same, leaf by leaf: non-empty batches. Faster, for millions of entries. */
export async function* rangeBatches(
  reader: NodeReader,
  root: TreeRoot,
  bounds: KeyBounds = {},
  options: ReadOptions = {},
): AsyncGenerator<readonly Entry[]> {
  const { from, to } = bounds;
  const leaves = prefetch(leafRefs(reader, root, bounds), {
    limitBytes: options.prefetchBytes ?? PREFETCH_BYTES,
    weigh: (leaf) => leaf.bytes,
    start: (leaf) => loadNode(reader, leaf.id, 0),
  });
  for await (const leaf of leaves) {
    if (!isLeaf(leaf)) continue;
    const { entries } = leaf;
    const start = from && Buffer.compare(entries[0]!.key, from) < 0 ? firstEntryFrom(entries, from) : 0;
    const beyond = to !== undefined && Buffer.compare(entries.at(-1)!.key, to) >= 0;
    const end = beyond ? firstEntryFrom(entries, to) : entries.length;
    if (start < end) yield end - start === entries.length ? entries : entries.slice(start, end);
    if (beyond) return;
  }
}

/** Leaves that may hold entries within the bounds, in order; at most the first and last one do not. */
async function* leafRefs(
  reader: NodeReader,
  root: TreeRoot,
  bounds: KeyBounds,
): AsyncGenerator<Pick<ChildRef, "id" | "bytes">> {
  if (!root.id) return;
  if (root.height === 1) yield { id: root.id, bytes: root.bytes };
  else yield* leafRefsBelow(reader, root.id, root.height - 1, bounds);
}

async function* leafRefsBelow(
  reader: NodeReader,
  id: Buffer,
  level: number,
  bounds: KeyBounds,
): AsyncGenerator<ChildRef> {
  const node = await loadNode(reader, id, level);
  if (isLeaf(node)) return;
  const start = bounds.from ? await firstChildFrom(reader, node.children, level - 1, bounds.from) : 0;
  for (const child of node.children.slice(start)) {
    if (level === 1) yield child;
    else yield* leafRefsBelow(reader, child.id, level - 1, bounds);
    const order = bounds.to ? compareToBound(bounds.to, child.bound) : 1;
    if (order !== null && order <= 0) return;
  }
}

/** Index of the first entry whose key is not before `key`. */
function firstEntryFrom(entries: readonly Entry[], key: Buffer): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(entries[middle]!.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first child whose last key is not before `key`. Reads leaves only where long keys begin alike. */
async function firstChildFrom(
  reader: NodeReader,
  children: readonly ChildRef[],
  level: number,
  key: Buffer,
): Promise<number> {
  let low = 0;
  let high = children.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const child = children[middle]!;
    const order = compareToBound(key, child.bound) ?? Buffer.compare(key, await lastKey(reader, child, level));
    if (order > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function lastKey(reader: NodeReader, child: ChildRef, level: number): Promise<Buffer> {
  const node = await loadNode(reader, child.id, level);
  return isLeaf(node) ? node.entries.at(-1)!.key : lastKey(reader, node.children.at(-1)!, level - 1);
}
