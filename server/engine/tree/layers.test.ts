import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildTree } from "./builder";
import {
  applyToLayers,
  canonicalRoot,
  DELTAS_MAX,
  documentBatches,
  EMPTY_LAYERS,
  getFromLayers,
  needsNewBase,
  writeNewBase,
} from "./layers";
import { MemoryNodes } from "./memory-nodes";
import { documentsArbitrary, edited, editsArbitrary, numbered, plain, TINY } from "./tree-arbitrary";
import type { Entry, Layers } from "./types";

class FlushingNodes extends MemoryNodes {
  async flush(): Promise<void> {}
}

async function entries(nodes: MemoryNodes, layers: Layers, bounds = {}): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const batch of documentBatches(nodes, layers, bounds)) found.push(...batch);
  return found;
}

describe("layers", () => {
  it("show the last state of every document, whatever the deltas and merges", async () => {
    await fc.assert(
      fc.asyncProperty(documentsArbitrary, fc.array(editsArbitrary, { maxLength: 12 }), async (documents, steps) => {
        const nodes = new FlushingNodes();
        let layers: Layers = { base: await buildTree(documents, nodes, TINY), deltas: [] };
        let expected: Entry[] = [...documents];
        for (const edits of steps) {
          layers = await applyToLayers(nodes, nodes, TINY, layers, edits);
          expected = edited(expected, edits);
          expect(layers.deltas.length).toBeLessThanOrEqual(DELTAS_MAX);
        }
        expect(plain(await entries(nodes, layers))).toEqual(plain(expected));
        const root = await canonicalRoot(await entries(nodes, layers), nodes, TINY);
        expect(root).toEqual(await buildTree(expected, nodes, TINY));
        expect(await writeNewBase(nodes, nodes, TINY, layers)).toEqual({ base: root, deltas: [] });
        const known = new Map(expected.map(({ key, doc }) => [key.toString("hex"), doc]));
        for (const { key } of [...documents.slice(0, 10), ...steps.flat().slice(0, 30)]) {
          expect(await getFromLayers(nodes, layers, key)).toEqual(known.get(key.toString("hex")) ?? null);
        }
        const from = documents[3]?.key;
        const fromOn = expected.filter(({ key }) => !from || Buffer.compare(key, from) >= 0);
        expect(plain(await entries(nodes, layers, { from }))).toEqual(plain(fromOn));
      }),
      { numRuns: 120 },
    );
  });

  it("carry a tombstone over nothing, and nothing but tombstones, without harm", async () => {
    const nodes = new FlushingNodes();
    const layers = await applyToLayers(nodes, nodes, TINY, EMPTY_LAYERS, [{ key: numbered(1).key, doc: null }]);
    expect(layers.deltas[0]).toMatchObject({ documents: 0, tombstones: 1 });
    expect(await entries(nodes, layers)).toEqual([]);
  });

  it("are read in small batches, also where all of a delta lies between two documents of the base", async () => {
    const nodes = new FlushingNodes();
    const base = await buildTree([numbered(0), numbered(1_000_000)], nodes, TINY);
    const arrived = Array.from({ length: 3000 }, (_, i) => numbered(100 + i));
    const layers = { base, deltas: [await buildTree(arrived, nodes, TINY)] };
    let documents = 0;
    for await (const batch of documentBatches(nodes, layers)) {
      documents += batch.length;
      expect(batch.length).toBeLessThan(100);
    }
    expect(documents).toBe(3002);
  });

  it("do not change with an empty set of edits", async () => {
    const nodes = new FlushingNodes();
    expect(await applyToLayers(nodes, nodes, TINY, EMPTY_LAYERS, [])).toEqual(EMPTY_LAYERS);
    expect(nodes.newNodes).toBe(0);
  });

  it("store in all some log2 times the changed bytes over many equal snapshots, and never more than 8 deltas", async () => {
    const nodes = new FlushingNodes();
    const params = { leafTargetBytes: 4096, innerTargetBytes: 1024, keys: "fromId" } as const;
    const base = await buildTree(
      Array.from({ length: 20_000 }, (_, i) => numbered(i)),
      nodes,
      params,
    );
    nodes.resetCounts();
    let layers: Layers = { base, deltas: [] };
    let changedBytes = 0;
    for (let round = 0; round < 64; round += 1) {
      const edits = Array.from({ length: 20 }, (_, i) => numbered(round + i * 997, round + 1));
      for (const { doc } of edits) changedBytes += doc.length;
      layers = await applyToLayers(nodes, nodes, params, layers, edits);
      expect(layers.deltas.length).toBeLessThanOrEqual(DELTAS_MAX);
    }
    expect(nodes.newBytes).toBeLessThan(8 * changedBytes);
    expect(needsNewBase(layers)).toBe(false);
    expect(needsNewBase({ base: layers.deltas[0]!, deltas: layers.deltas })).toBe(true);
  });
});
