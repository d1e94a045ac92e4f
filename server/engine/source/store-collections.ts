import type { CollectionManifest, SnapshotManifest } from "../repository";
import { EMPTY_ROOT, type Layers, type NodeReader, type ScanResult, type TreeRoot } from "../tree";
import { assertNotAborted, forEachConcurrently } from "./abort";
import { ByteBudget } from "./byte-budget";
import { isDropped, type CatalogueEntry } from "./catalogue";
import { CollectionGone } from "./collection-gone";
import { isDamage } from "./damage";
import { PreviousLayers } from "./previous-layers";
import { needsSettling, settleLayers } from "./settle-layers";
import { isWorthRanges } from "./split-ids";
import { noteDamage, storeCollection, type StoreCollection } from "./store-collection";
import { storeSteadily } from "./store-steadily";
import type { CollectionSize } from "./sizes";
import { treeParams } from "./tree-params";

/** All batches that are between the server and the tree, over all collections. */
const SOURCE_BYTES_IN_FLIGHT = 128 * 1024 * 1024;
const COLLECTIONS_AT_ONCE = 4;
/** Capped collections could not be read at a moment before. */
const CAPPED_SNAPSHOT_SINCE_MAJOR = 8;
/** Before, a read at a moment found its collection by the name that it has now. */
const NAMES_OF_MOMENT_SINCE_MAJOR = 7;

export interface StoreCollections extends StoreCollection {
  catalogue: CatalogueEntry[];
  /** Collections that are dropped before they are read to their end are left out, where nothing is of one moment anyway. */
  leavesOutDropped: boolean;
  /** An older snapshot of the same deployment, to compare with. */
  previous: SnapshotManifest | null;
  serverMajor: number;
  signal: AbortSignal;
  sizes: CollectionSize[];
}

export interface StoredCollections {
  /** In the catalogue's order. */
  collections: CollectionManifest[];
  /** Why parts are not of the moment. */
  reasons: string[];
  /** Bytes that were stored to merge deltas and to make new bases, not because something changed now. */
  mergedBytes: number;
  /** Throws when a topmost node cannot be read back. */
  verify(reader: NodeReader, signal: AbortSignal): Promise<void>;
}

interface Part {
  entry: CatalogueEntry;
  scan: ScanResult;
  layers: Layers;
}

/**
 * Reads all collections, several at once, and stores what differs from the older snapshot; then merges what is due,
 * from what is stored. Not everything is durable before the writer's flush.
 */
export async function storeCollections(options: StoreCollections): Promise<StoredCollections> {
  const { catalogue, signal } = options;
  const source = new Source(options);
  const parts = new Array<Part | null>(catalogue.length).fill(null);
  await forEachConcurrently(catalogue, COLLECTIONS_AT_ONCE, signal, async (entry, index, groupSignal) => {
    parts[index] = await source.storeOrLeaveOut(entry, groupSignal);
  });
  const mergedBytes = await settleAll(options, source, parts);
  const collections = catalogue.flatMap((entry, index) =>
    source.leftOut.has(entry) ? [] : [toCollectionManifest(parts[index]?.entry ?? entry, parts[index] ?? null)],
  );
  return {
    collections,
    reasons: source.reasons.sort(),
    mergedBytes,
    verify: async (reader, verifySignal) => {
      for (const { layers } of collections) {
        for (const root of layers ? [layers.base, ...layers.deltas] : []) {
          assertNotAborted(verifySignal);
          if (root.id !== null) await reader.read(root.id);
        }
      }
    },
  };
}

/** The deployment at its moment, a collection at a time. */
class Source {
  readonly reasons: string[] = [];
  readonly leftOut = new Set<CatalogueEntry>();
  readonly #budget = new ByteBudget(SOURCE_BYTES_IN_FLIGHT);
  readonly #previous: PreviousLayers;
  readonly #sizes: Map<string, CollectionSize>;
  /** One collection at a time is read in ranges, so that memory stays bounded. */
  #isReadingRanges = false;

  constructor(private readonly options: StoreCollections) {
    this.#previous = new PreviousLayers(options.previous);
    this.#sizes = new Map(options.sizes.map((size) => [size.name, size]));
  }

  /** Null also for what was dropped and is left out. */
  async storeOrLeaveOut(entry: CatalogueEntry, signal: AbortSignal): Promise<Part | null> {
    const { client, hasSessions, leavesOutDropped, moment } = this.options;
    try {
      return await this.store(entry, signal);
    } catch (error) {
      const mayBeLeftOut = leavesOutDropped && moment.kind === "plain" && error instanceof CollectionGone;
      if (!mayBeLeftOut || !(await isDropped(client, entry, hasSessions))) throw error;
      this.leftOut.add(entry);
      this.reasons.push(`${entry.database}.${entry.name} was dropped before it was read to its end, and is left out.`);
      return null;
    }
  }

  /** Null for a view. */
  async store(entry: CatalogueEntry, signal: AbortSignal): Promise<Part | null> {
    if (entry.storage === null) return null;
    const stored = await storeSteadily(this.options, entry, signal, (now) => this.#store(now, signal));
    return { ...stored, layers: stored.scan.layers };
  }

  async #store(entry: CatalogueEntry, signal: AbortSignal): Promise<ScanResult> {
    const { serverMajor, moment } = this.options;
    const atMoment = !entry.capped || serverMajor >= CAPPED_SNAPSHOT_SINCE_MAJOR;
    if (!atMoment && moment.kind === "snapshot") this.#addReason(entry);
    const namesOfMoment = moment.kind === "snapshot" && atMoment && serverMajor >= NAMES_OF_MOMENT_SINCE_MAJOR;
    const size = this.#sizes.get(`${entry.database}.${entry.name}`);
    const inRanges = size !== undefined && !this.#isReadingRanges && isWorthRanges(entry, size);
    const how = { budget: this.#budget, signal, atMoment, namesOfMoment, rangesOf: inRanges ? size : null };
    if (inRanges) this.#isReadingRanges = true;
    try {
      return await storeCollection(this.options, entry, this.#previous.find(entry), how);
    } finally {
      if (inRanges) this.#isReadingRanges = false;
    }
  }

  #addReason({ database, name }: CatalogueEntry): void {
    const reason = `${database}.${name} is capped and could not be read at the moment of the others.`;
    if (!this.reasons.includes(reason)) this.reasons.push(reason);
  }
}

/** Does what the scans left due, one collection after another, and says how many bytes that stored. */
async function settleAll(options: StoreCollections, source: Source, parts: Array<Part | null>): Promise<number> {
  const { repository, writer, signal, progress } = options;
  const due = parts.filter((part) => part !== null && needsSettling(part.scan)) as Part[];
  for (const part of parts) if (part?.scan.cut) part.layers = { base: part.scan.canonical, deltas: [] };
  if (due.length === 0) return 0;
  const before = await writer.flush();
  for (const part of due) {
    assertNotAborted(signal);
    const { entry } = part;
    const namespace = `${entry.database}.${entry.name}`;
    progress.message(`Merging what is stored of ${namespace}`);
    try {
      const params = treeParams(repository, entry.capped ? "ordinal" : "id");
      part.layers = await settleLayers(repository.reader(), writer, params, part.scan);
    } catch (error) {
      if (!isDamage(error)) throw error;
      noteDamage(options, namespace, error);
      Object.assign(part, await source.store(entry, signal));
      part.layers = { base: part.scan.canonical, deltas: [] };
    }
  }
  return (await writer.flush()).storedBytes - before.storedBytes;
}

function toCollectionManifest(entry: CatalogueEntry, part: Part | null): CollectionManifest {
  const { documents, bytes }: TreeRoot = part?.scan.canonical ?? EMPTY_ROOT;
  const isLayered = part !== null && part.layers.deltas.length > 0;
  return {
    database: entry.database,
    name: entry.name,
    type: entry.type,
    uuid: entry.uuid,
    options: entry.options,
    indexes: entry.indexes,
    idIndex: entry.idIndex,
    keying: entry.capped ? "ordinal" : "id",
    layers: part?.layers ?? null,
    ...(isLayered ? { root: part.scan.canonical.id?.toString("hex") ?? null } : {}),
    documents,
    bytes,
  };
}
