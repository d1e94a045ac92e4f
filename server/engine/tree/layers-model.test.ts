import { describe, expect, it } from "vitest";
import { buildTree } from "./builder";
import { buildDelta, DELTAS_MAX, mergeNewest, needsMerge, needsNewBase, pushDelta, writeNewBase } from "./layers";
import { MemoryNodes } from "./memory-nodes";
import { numbered } from "./tree-arbitrary";
import type { Edit, Layers } from "./types";

/**
 * Years of snapshots in small: what each of them stores, with what merges and new bases store counted apart. The
 * documents that change are drawn at random, which is the worst case for a tree of sorted leaves.
 */
const PARAMS = { leafTargetBytes: 8192, innerTargetBytes: 1024, keys: "fromId" } as const;
const DOCUMENTS = 24_000;
const SNAPSHOTS = 240;
const FILL_BYTES = 100;

/** A small generator of numbers below `limit`, the same in every run. */
function drawing(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function changes(count: number, version: number, draw: (limit: number) => number): Array<Edit & { doc: Buffer }> {
  const ids = new Set<number>();
  while (ids.size < count) ids.add(draw(DOCUMENTS));
  return [...ids].sort((a, b) => a - b).map((id) => numbered(id, version, FILL_BYTES));
}

interface Costs {
  /** Bytes of the changed documents, and what the delta itself stored, by snapshot. */
  snapshots: Array<{ changed: number; delta: number }>;
  changed: number;
  merged: number;
  rebased: number;
  bases: number;
}

async function play(changedDocuments: number): Promise<Costs> {
  const draw = drawing(changedDocuments);
  const nodes = new MemoryNodes();
  const written = async <T>(work: Promise<T>, count: (bytes: number) => void): Promise<T> => {
    nodes.resetCounts();
    const result = await work;
    count(nodes.newBytes);
    return result;
  };
  const all = Array.from({ length: DOCUMENTS }, (_, i) => numbered(i, 0, FILL_BYTES));
  let layers: Layers = { base: await buildTree(all, nodes, PARAMS), deltas: [] };
  const costs: Costs = { snapshots: [], changed: 0, merged: 0, rebased: 0, bases: 0 };
  for (let number = 1; number <= SNAPSHOTS; number += 1) {
    const edits = changes(changedDocuments, number, draw);
    const changed = edits.reduce((sum, { doc }) => sum + doc.length, 0);
    costs.changed += changed;
    const delta = await written(buildDelta(edits, nodes, PARAMS), (delta) => costs.snapshots.push({ changed, delta }));
    layers = pushDelta(layers, delta);
    while (needsMerge(layers)) {
      layers = await written(mergeNewest(nodes, nodes, PARAMS, layers), (bytes) => (costs.merged += bytes));
    }
    expect(layers.deltas.length).toBeLessThanOrEqual(DELTAS_MAX);
    if (!needsNewBase(layers)) continue;
    layers = await written(writeNewBase(nodes, nodes, PARAMS, layers), (bytes) => (costs.rebased += bytes));
    costs.bases += 1;
  }
  return costs;
}

describe.each([
  // 1 % of the documents a day; a day in 24 parts. A new base comes for each tenth that changed.
  { every: "day", changed: 240, untilNewBase: 10, bases: 15 },
  { every: "hour", changed: 10, untilNewBase: 240, bases: 0 },
])("240 snapshots, one every $every", ({ changed, untilNewBase, bases }) => {
  it("store what changed, the first as the last, and merge a bounded number of times", async () => {
    const costs = await play(changed);
    expect(costs.snapshots).toHaveLength(SNAPSHOTS);
    for (const { delta, changed: bytes } of costs.snapshots) expect(delta).toBeLessThanOrEqual(3 * bytes);
    for (const number of [1, 10, 240]) {
      const { delta, changed: bytes } = costs.snapshots[number - 1]!;
      expect(delta / bytes).toBeLessThan(1.3);
    }
    // A document moves to a delta of twice the size each time, so log2 times between two bases.
    expect(costs.merged).toBeLessThanOrEqual((Math.log2(untilNewBase) + 1) * costs.changed);
    // A base costs ten times the tenth that was changed; its own documents grew by nothing.
    expect(costs.rebased).toBeLessThanOrEqual(13 * costs.changed);
    expect(costs.bases).toBeGreaterThanOrEqual(bases);
  });
});
