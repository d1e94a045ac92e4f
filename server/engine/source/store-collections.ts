import type { MongoClient } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { CollectionManifest, Repository, RepositoryWriter } from "../repository";
import { EMPTY_ROOT, TreeBuilder, type NodeReader, type NodeWriter, type TreeRoot } from "../tree";
import { assertNotAborted, forEachConcurrently } from "./abort";
import { ByteBudget } from "./byte-budget";
import type { CatalogueEntry } from "./catalogue";
import { OrderDiffers, readKeyed, type Keying } from "./keyed-documents";
import { readConcernOf, toSourceError, type Moment } from "./moment";
import type { Progress } from "./progress";
import { treeParams } from "./tree-params";

/** All batches that are between the server and the tree, over all collections. */
const SOURCE_BYTES_IN_FLIGHT = 128 * 1024 * 1024;
const COLLECTIONS_AT_ONCE = 4;
/** Capped collections could not be read at a moment before. */
const CAPPED_SNAPSHOT_SINCE_MAJOR = 8;

export interface StoreCollections {
  client: MongoClient;
  repository: Repository;
  writer: RepositoryWriter;
  catalogue: CatalogueEntry[];
  moment: Moment;
  hasSessions: boolean;
  serverMajor: number;
  signal: AbortSignal;
  progress: Progress;
  onBatch: () => Promise<void>;
}

export interface StoredCollections {
  /** In the catalogue's order. */
  collections: CollectionManifest[];
  /** Why parts are not of the moment. */
  reasons: string[];
  /** Throws when a tree does not hold what was received, or its topmost node cannot be read back. */
  verify(reader: NodeReader, signal: AbortSignal): Promise<void>;
}

/** Reads all collections, several at once, and builds their trees. Nothing is durable before the writer's flush. */
export async function storeCollections(options: StoreCollections): Promise<StoredCollections> {
  const { catalogue, signal, moment } = options;
  const budget = new ByteBudget(SOURCE_BYTES_IN_FLIGHT);
  const collections = new Array<CollectionManifest>(catalogue.length);
  const received = new Array<number>(catalogue.length).fill(0);
  const reasons: string[] = [];
  await forEachConcurrently(catalogue, COLLECTIONS_AT_ONCE, signal, async (entry, index, groupSignal) => {
    const atMoment = !entry.capped || options.serverMajor >= CAPPED_SNAPSHOT_SINCE_MAJOR;
    if (entry.storage !== null && !atMoment && moment.kind === "snapshot") {
      reasons.push(`${entry.database}.${entry.name} is capped and could not be read at the moment of the others.`);
    }
    const result = await storeOne(options, entry, { budget, signal: groupSignal, atMoment });
    received[index] = result.received;
    collections[index] = toCollectionManifest(entry, result.root);
  });
  return {
    collections,
    reasons: reasons.sort(),
    verify: async (reader, verifySignal) => {
      for (const [index, manifest] of collections.entries()) {
        assertNotAborted(verifySignal);
        const root = manifest.layers?.base ?? EMPTY_ROOT;
        if (root.documents !== received[index]) throw lost(manifest, root.documents, received[index]!);
        if (root.id !== null) await reader.read(root.id);
      }
    },
  };
}

interface StoredCollection {
  root: TreeRoot;
  received: number;
}

async function storeOne(
  options: StoreCollections,
  entry: CatalogueEntry,
  how: { budget: ByteBudget; signal: AbortSignal; atMoment: boolean },
): Promise<StoredCollection> {
  if (entry.storage === null) return { root: EMPTY_ROOT, received: 0 };
  const namespace = `${entry.database}.${entry.name}`;
  try {
    return await build(options, entry, how, keyingOf(entry));
  } catch (error) {
    if (!(error instanceof OrderDiffers)) throw toSourceError(error, namespace);
    options.progress.log("read", `${namespace}: the server's order of _id differs from ours, sorting it here.`);
    return await build(options, entry, how, "sortedId").catch((second: unknown) => {
      throw toSourceError(second, namespace);
    });
  }
}

function keyingOf(entry: CatalogueEntry): Keying {
  if (entry.capped) return "ordinal";
  return entry.collated ? "sortedId" : "id";
}

async function build(
  options: StoreCollections,
  entry: CatalogueEntry,
  how: { budget: ByteBudget; signal: AbortSignal; atMoment: boolean },
  keying: Keying,
): Promise<StoredCollection> {
  const writer: NodeWriter = options.writer;
  const builder = new TreeBuilder(writer, treeParams(options.repository, entry.capped ? "ordinal" : "id"));
  const source = {
    client: options.client,
    database: entry.database,
    collection: entry.storage!,
    readConcern: how.atMoment ? readConcernOf(options.moment) : null,
    hasSessions: options.hasSessions,
    budget: how.budget,
    signal: how.signal,
  };
  const collection = `${entry.database}.${entry.name}`;
  const done = { bytes: 0, documents: 0 };
  try {
    for await (const group of readKeyed(source, keying)) {
      let bytes = 0;
      for (const { key, document } of group) {
        const written = builder.add(key, document);
        if (written) await written;
        bytes += document.length;
      }
      done.bytes += bytes;
      done.documents += group.length;
      options.progress.advance({ collection, bytes, documents: group.length });
      await options.onBatch();
    }
    return { root: await builder.finish(), received: done.documents };
  } catch (error) {
    // What is read again must not count twice.
    options.progress.advance({ collection, bytes: -done.bytes, documents: -done.documents });
    throw error;
  }
}

function toCollectionManifest(entry: CatalogueEntry, root: TreeRoot): CollectionManifest {
  return {
    database: entry.database,
    name: entry.name,
    type: entry.type,
    uuid: entry.uuid,
    options: entry.options,
    indexes: entry.indexes,
    idIndex: entry.idIndex,
    keying: entry.capped ? "ordinal" : "id",
    layers: entry.storage === null ? null : { base: root, deltas: [] },
    documents: root.documents,
    bytes: root.bytes,
  };
}

function lost({ database, name }: CollectionManifest, stored: number, received: number): DomainError {
  return new DomainError("INTERNAL", {
    message: `${database}.${name}: received ${received} documents, the tree holds ${stored}`,
  });
}
