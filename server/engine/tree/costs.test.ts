import { describe, expect, it } from "vitest";
import { apply } from "./apply";
import { buildTree } from "./builder";
import { diff } from "./diff";
import { applyToLayers, getFromLayers } from "./layers";
import { MemoryNodes } from "./memory-nodes";
import { decodeNode, isLeaf } from "./node-codec";
import { get } from "./read";
import { numbered } from "./tree-arbitrary";
import type { Edit, Layers, TreeRoot } from "./types";

/** Costs are counted in nodes read and written; a clock would measure the machine. */
const PARAMS = { leafTargetBytes: 2048, innerTargetBytes: 1024, keys: "fromId" } as const;
const SIZES = [1_000, 10_000, 100_000];
const FILL_BYTES = 40;

const built = new Map<number, Promise<{ nodes: MemoryNodes; root: TreeRoot }>>();

async function build(count: number): Promise<{ nodes: MemoryNodes; root: TreeRoot }> {
  const nodes = new MemoryNodes();
  const entries = Array.from({ length: count }, (_, i) => numbered(i, 0, FILL_BYTES));
  return { nodes, root: await buildTree(entries, nodes, PARAMS) };
}

/** A tree of that many documents, built once; each caller gets nodes of its own to add to and to count. */
async function treeOf(count: number): Promise<{ nodes: MemoryNodes; root: TreeRoot }> {
  if (!built.has(count)) built.set(count, build(count));
  const { nodes, root } = await built.get(count)!;
  const own = new MemoryNodes();
  for (const [id, content] of nodes.nodes) own.nodes.set(id, content);
  return { nodes: own, root };
}

/** Changes to `changes` documents that lie evenly over the collection: the worst place for them. */
function spread(count: number, changes: number): Edit[] {
  return Array.from({ length: changes }, (_, i) => numbered(Math.floor((i * count) / changes), 1, FILL_BYTES));
}

async function countOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) count += 1;
  return count;
}

describe.each(SIZES)("a tree of %i documents", (count) => {
  it("has levels in proportion to the logarithm of its size", async () => {
    const { nodes, root } = await treeOf(count);
    const leaves = [...nodes.nodes.values()].filter((content) => isLeaf(decodeNode(content))).length;
    // Inner nodes of this shape hold about 15 children; the slack is one level for a top that is nearly empty.
    expect(root.height).toBeLessThanOrEqual(Math.ceil(Math.log(leaves) / Math.log(8)) + 2);
  });

  it("gives one document for one node a level, in each layer", async () => {
    const { nodes, root } = await treeOf(count);
    nodes.resetCounts();
    await get(nodes, root, numbered(count >> 1).key);
    expect(nodes.reads).toBeLessThanOrEqual(root.height);

    const flushing = Object.assign(nodes, { flush: async () => undefined });
    let layers: Layers = { base: root, deltas: [] };
    for (const changes of [100, 20, 4]) {
      layers = await applyToLayers(nodes, flushing, PARAMS, layers, spread(count, changes));
    }
    const levels = [layers.base, ...layers.deltas].reduce((sum, { height }) => sum + height, 0);
    for (const id of [0, 1, count - 1]) {
      nodes.resetCounts();
      expect(await getFromLayers(nodes, layers, numbered(id).key)).not.toBeNull();
      expect(nodes.reads).toBeLessThanOrEqual(levels);
    }
  });

  it.each([1, 10, 100])("finds %i changes by reading a path for each", async (changes) => {
    const { nodes, root } = await treeOf(count);
    const changed = await apply(nodes, nodes, PARAMS, root, spread(count, changes));
    nodes.resetCounts();
    expect(await countOf(diff(nodes, root, changed))).toBe(changes);
    // Both sides of each path, and a neighbour where a cut moved.
    expect(nodes.reads).toBeLessThanOrEqual(4 * changes * root.height);
  });

  it.each([1, 10, 100])("takes %i changes by writing a path for each", async (changes) => {
    const { nodes, root } = await treeOf(count);
    nodes.resetCounts();
    await apply(nodes, nodes, PARAMS, root, spread(count, changes));
    expect(nodes.newNodes).toBeLessThanOrEqual(3 * changes * root.height);
    expect(nodes.reads).toBeLessThanOrEqual(4 * changes * root.height);
  });

  it.each([1, 10, 100, 1000])("stores %i changes as a delta of their own size", async (changes) => {
    const { nodes, root } = await treeOf(count);
    const flushing = Object.assign(nodes, { flush: async () => undefined });
    const edits = spread(count, changes);
    const changedBytes = edits.reduce((sum, { doc }) => sum + doc!.length, 0);
    nodes.resetCounts();
    const layers = await applyToLayers(nodes, flushing, PARAMS, { base: root, deltas: [] }, edits);
    expect(layers.deltas[0]!.documents).toBe(changes);
    expect(nodes.reads).toBe(0);
    // The documents, a byte for each as its kind, a head for each node and the inner nodes above.
    expect(nodes.newBytes).toBeLessThanOrEqual(1.15 * changedBytes + 64);
  });
});

describe("leaves", () => {
  it("are cut near their target, whatever the keys", async () => {
    const { nodes } = await treeOf(20_000);
    const leaves = [...nodes.nodes.values()].filter((content) => isLeaf(decodeNode(content)));
    const mean = leaves.reduce((sum, content) => sum + content.length, 0) / leaves.length;
    expect(mean).toBeGreaterThan(0.75 * PARAMS.leafTargetBytes);
    expect(mean).toBeLessThan(1.1 * PARAMS.leafTargetBytes);
  });
});
