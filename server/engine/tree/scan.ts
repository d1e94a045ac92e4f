import { TreeBuilder } from "./builder";
import { entryWeight, mergedBatches, pushDelta, rebaseWeight, type DocumentEntry } from "./layers";
import { EditFinder, type EditCounts } from "./scan-edits";
import { LeafCutter } from "./scan-leaves";
import { DEFAULT_SCAN_LIMITS, scanSteps, type ScanLimits } from "./scan-steps";
import type { Edit, Layers, NodeReader, NodeWriter, TreeParams, TreeRoot } from "./types";

export interface ScanInput {
  /** The old layers' nodes. */
  reader: NodeReader;
  /** Gets every node that is to be stored. */
  writer: NodeWriter;
  /** Works out ids as `writer` does, and stores nothing. */
  hasher: NodeWriter;
  params: TreeParams;
  /** What the documents are compared with. */
  layers: Layers;
  /** All documents as they are now, in strictly ascending order of keys; a group is used until some MiB after it. */
  documents: AsyncIterable<readonly DocumentEntry[]>;
  limits?: ScanLimits;
}

export interface ScanResult {
  /** The canonical root of the documents that came. */
  canonical: TreeRoot;
  /** The old layers with one more delta, or themselves where nothing changed; up to `storedFrom`. */
  layers: Layers;
  /**
   * Null where `layers` hold everything that came. Otherwise too much had changed for a delta: nodes of the canonical
   * tree whose keys lie after `comparedTo` (null: all of them) are with the writer, and `layers` hold the documents up to it (writeBaseThrough).
   */
  cut: { comparedTo: Buffer | null } | null;
  counts: EditCounts;
}

/**
 * Compares documents that are read anew with old layers and gives `writer` a delta of what differs. Leaves of the base that
 * are the same now are not read: their ids tell. Where the edits reach about a tenth of the base (the point where layers
 * want a new base anyway), comparing stops and the rest goes into a new base; the documents are read once in any case. Memory: some 16 MiB of leaves
 * that are being compared. Throws NODE_MISSING, NODE_CORRUPT for old nodes.
 */
export async function scanLayers(input: ScanInput): Promise<ScanResult> {
  const { reader, writer, params, layers } = input;
  const cutter = new LeafCutter(input.documents, input.hasher, params);
  const delta = new TreeBuilder(writer, params);
  const editsMax = rebaseWeight(layers.base);
  let editsWeight = 0;
  let comparedTo: Buffer | null = null;
  const isWhole = (): boolean => cutter.root !== null;
  async function* leaves() {
    for await (const leaf of cutter.leaves(() => editsWeight >= editsMax)) {
      comparedTo = leaf.entries.at(-1)!.key;
      yield leaf;
    }
  }
  const add = async (edits: readonly Edit[]): Promise<void> => {
    for (const { key, doc } of edits) {
      editsWeight += entryWeight(doc);
      const written = delta.add(key, doc);
      if (written) await written;
    }
  };
  const finder = new EditFinder(mergedBatches(reader, layers.deltas), params.keys === "fromId", add);
  try {
    await finder.open();
    const steps = scanSteps(reader, layers.base, leaves(), isWhole, input.limits ?? DEFAULT_SCAN_LIMITS);
    for await (const step of steps) await finder.take(step);
    await finder.finish(isWhole());
    const next = pushDelta(layers, await delta.finish());
    if (cutter.root) return { canonical: cutter.root, layers: next, cut: null, counts: finder.counts };
    const canonical = await cutter.storeFromHere(writer);
    return { canonical, layers: next, cut: { comparedTo }, counts: finder.counts };
  } finally {
    await finder.close();
    await cutter.close();
  }
}
