import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildTree } from "./builder";
import { applyToLayers, documentBatches, EMPTY_LAYERS, writeBaseThrough, type DocumentEntry } from "./layers";
import { MemoryNodes } from "./memory-nodes";
import { scanLayers, type ScanResult } from "./scan";
import { documentsArbitrary, edited, editsArbitrary, numbered, plain, TINY } from "./tree-arbitrary";
import type { Entry, Layers, NodeWriter, TreeParams } from "./types";

class FlushingNodes extends MemoryNodes {
  async flush(): Promise<void> {}
}

const hasher: NodeWriter = { write: (content) => new MemoryNodes().write(content) };
const MEDIUM: TreeParams = { leafTargetBytes: 4096, innerTargetBytes: 1024, keys: "fromId" };

async function* inGroups(documents: readonly Entry[], size: number): AsyncGenerator<readonly DocumentEntry[]> {
  for (let at = 0; at < documents.length; at += size) yield documents.slice(at, at + size) as DocumentEntry[];
}

async function entries(nodes: MemoryNodes, layers: Layers): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const batch of documentBatches(nodes, layers)) found.push(...batch);
  return found;
}

function scan(
  nodes: MemoryNodes,
  layers: Layers,
  documents: readonly Entry[],
  how: { params?: TreeParams; groupSize?: number; limits?: { aheadBytes: number; waitingBytes: number } } = {},
): Promise<ScanResult> {
  const { params = TINY, groupSize = 50, limits } = how;
  const stream = inGroups(documents, groupSize);
  return scanLayers({
    ...{ reader: nodes, writer: nodes, hasher, params, layers, documents: stream },
    ...(limits ? { limits } : {}),
  });
}

/** The layers that a scan leads to, as whoever asked for it completes them. */
async function settled(
  nodes: MemoryNodes,
  params: TreeParams,
  { canonical, layers, cut }: ScanResult,
): Promise<Layers> {
  if (!cut) return layers;
  if (cut.comparedTo) await writeBaseThrough(nodes, nodes, params, layers, cut.comparedTo);
  return { base: canonical, deltas: [] };
}

const limitsArbitrary = fc.record({
  aheadBytes: fc.constantFrom(1, 500, 5000, 1_000_000),
  waitingBytes: fc.constantFrom(1, 400, 1_000_000),
});

describe("scanLayers", () => {
  it("leads from any layers to exactly the documents that came, and knows their canonical root", async () => {
    await fc.assert(
      fc.asyncProperty(
        documentsArbitrary,
        fc.array(editsArbitrary, { maxLength: 4 }),
        editsArbitrary,
        fc.integer({ min: 1, max: 60 }),
        limitsArbitrary,
        async (documents, steps, change, groupSize, limits) => {
          const nodes = new FlushingNodes();
          let layers: Layers = { base: await buildTree(documents, nodes, TINY), deltas: [] };
          let before: Entry[] = [...documents];
          for (const edits of steps) {
            layers = await applyToLayers(nodes, nodes, TINY, layers, edits);
            before = edited(before, edits);
          }
          const after = edited(before, change);
          const result = await scan(nodes, layers, after, { groupSize, limits });
          expect(result.canonical).toEqual(await buildTree(after, new MemoryNodes(), TINY));
          const next = await settled(nodes, TINY, result);
          expect(plain(await entries(nodes, next))).toEqual(plain(after));
          const { inserted, deleted } = result.counts;
          if (!result.cut) expect(before.length + inserted - deleted).toBe(after.length);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("finds the same edits whatever the layers that show the old documents", async () => {
    await fc.assert(
      fc.asyncProperty(documentsArbitrary, editsArbitrary, editsArbitrary, async (documents, edits, change) => {
        const nodes = new FlushingNodes();
        // A base this heavy never wants to be rewritten.
        const heavy = Array.from({ length: 40 }, (_, i) => numbered(10_000 + i, 0, 2000));
        const base = await buildTree([...documents, ...heavy].sort(byKey), nodes, TINY);
        const layered = await applyToLayers(nodes, nodes, TINY, { base, deltas: [] }, edits);
        const before = edited([...documents, ...heavy].sort(byKey), edits);
        const merged = { base: await buildTree(before, nodes, TINY), deltas: [] };
        const after = edited(before, change);
        const [one, other] = [await scan(nodes, layered, after), await scan(nodes, merged, after)];
        expect([one.cut, other.cut]).toEqual([null, null]);
        expect(one.counts).toEqual(other.counts);
        expect(one.layers.deltas.slice(layered.deltas.length)).toEqual(other.layers.deltas);
      }),
      { numRuns: 150 },
    );
  });

  it("reads no leaf and writes nothing where nothing changed, and gives back the same layers", async () => {
    const nodes = new FlushingNodes();
    const documents = Array.from({ length: 20_000 }, (_, i) => numbered(i));
    const base = await buildTree(documents, nodes, MEDIUM);
    const leaves = await countLeaves(nodes);
    const layers = { base, deltas: [] };
    nodes.resetCounts();
    const result = await scan(nodes, layers, documents, { params: MEDIUM });
    expect(result).toEqual({ canonical: base, layers, cut: null, counts: { inserted: 0, deleted: 0, changed: 0 } });
    expect(result.layers).toBe(layers);
    expect(nodes.newNodes).toBe(0);
    expect(nodes.reads).toBeLessThan(leaves / 5);
  });

  it("reads the leaves round a change and those of deltas, and writes what changed", async () => {
    const nodes = new FlushingNodes();
    const documents = Array.from({ length: 20_000 }, (_, i) => numbered(i));
    const base = await buildTree(documents, nodes, MEDIUM);
    const inner = nodes.nodes.size - (await countLeaves(nodes));
    const first = edited(documents, [numbered(7000, 1), { key: numbered(7001).key, doc: null }]);
    const one = await scan(nodes, { base, deltas: [] }, first, { params: MEDIUM });
    expect(one.counts).toEqual({ inserted: 0, deleted: 1, changed: 1 });
    nodes.resetCounts();
    const again = await scan(nodes, one.layers, first, { params: MEDIUM });
    expect(again.layers).toBe(one.layers);
    expect(nodes.newNodes).toBe(0);
    expect(nodes.reads).toBeLessThan(inner + 12);
    const back = await scan(nodes, one.layers, documents, { params: MEDIUM });
    expect(back.counts).toEqual({ inserted: 1, deleted: 0, changed: 1 });
    expect(nodes.newBytes).toBeLessThan(400);
  });

  it("holds little while many documents come that lie within one old leaf", async () => {
    const nodes = new FlushingNodes();
    const heavy = Array.from({ length: 4 }, (_, i) => numbered(1_000_000 + i, 0, 400_000));
    const old = [numbered(0), numbered(50_000), ...heavy];
    const layers = { base: await buildTree(old, nodes, MEDIUM), deltas: [] };
    const inserted = Array.from({ length: 2000 }, (_, i) => numbered(i + 1));
    nodes.resetCounts();
    const result = await scan(nodes, layers, [...inserted, ...old].sort(byKey), {
      params: MEDIUM,
      limits: { aheadBytes: 10_000, waitingBytes: 8000 },
    });
    expect(result.cut).toBeNull();
    expect(result.counts).toEqual({ inserted: 2000, deleted: 0, changed: 0 });
    // The inner node and the one leaf that reaches beyond; the heavy ones are the same.
    expect(nodes.reads).toBeLessThanOrEqual(2);
  });

  it("turns to a new base where too much changed: the source is read once, and the bytes are bounded", async () => {
    const nodes = new FlushingNodes();
    const documents = Array.from({ length: 20_000 }, (_, i) => numbered(i));
    const layers = { base: await buildTree(documents, nodes, MEDIUM), deltas: [] };
    // All documents of the second half.
    const after = documents.map((entry, i) => (i < 10_000 ? entry : numbered(i, 1)));
    nodes.resetCounts();
    const result = await scan(nodes, layers, after, {
      params: MEDIUM,
      limits: { aheadBytes: 10_000, waitingBytes: 8000 },
    });
    expect(result.cut).not.toBeNull();
    const afterScan = nodes.newBytes;
    const changed = 10_000 * numbered(0).doc.length;
    expect(afterScan).toBeLessThan(1.2 * changed);
    const next = await settled(nodes, MEDIUM, result);
    expect(next).toEqual({ base: await buildTree(after, new MemoryNodes(), MEDIUM), deltas: [] });
    expect(plain(await entries(nodes, next))).toEqual(plain(after));
    // The delta that was given up, at most a tenth of the base, and what is rewritten in its place.
    expect(nodes.newBytes).toBeLessThan(1.5 * changed);
  });

  it("makes a base where there was nothing, and nothing where everything went", async () => {
    const nodes = new FlushingNodes();
    const documents = Array.from({ length: 500 }, (_, i) => numbered(i));
    const result = await scan(nodes, EMPTY_LAYERS, documents, { params: MEDIUM });
    expect(result.cut).toEqual({ comparedTo: null });
    const filled = await settled(nodes, MEDIUM, result);
    expect(filled.base).toEqual(await buildTree(documents, nodes, MEDIUM));
    expect(plain(await entries(nodes, filled))).toEqual(plain(documents));
    const emptied = await settled(nodes, MEDIUM, await scan(nodes, filled, [], { params: MEDIUM }));
    expect(await entries(nodes, emptied)).toEqual([]);
    expect(await settled(nodes, MEDIUM, await scan(nodes, EMPTY_LAYERS, []))).toEqual(EMPTY_LAYERS);
  });

  it("names an old node that is gone", async () => {
    const nodes = new FlushingNodes();
    const documents = Array.from({ length: 2000 }, (_, i) => numbered(i));
    const base = await buildTree(documents, nodes, MEDIUM);
    for (const [name, content] of nodes.nodes) if (content[1] === 0) nodes.nodes.delete(name);
    const change = [numbered(1000, 1)];
    await expect(
      scan(nodes, { base, deltas: [] }, edited(documents, change), { params: MEDIUM }),
    ).rejects.toMatchObject({ code: "NODE_MISSING" });
  });
});

function byKey(a: Entry, b: Entry): number {
  return Buffer.compare(a.key, b.key);
}

async function countLeaves(nodes: MemoryNodes): Promise<number> {
  return [...nodes.nodes.values()].filter((content) => content[1] === 0).length;
}
