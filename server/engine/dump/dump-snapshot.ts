import { DomainError } from "@/server/platform/errors/domain-error";
import type { CollectionManifest, Repository, SnapshotManifest } from "../repository";
import { documentBatches, EMPTY_LAYERS } from "../tree";
import { BUCKETS_PREFIX } from "../source/namespaces";
import { writeArchive, type ArchiveNamespace } from "./archive-writer";
import { metadataJson } from "./metadata";

const TOOL_VERSION = "holdfast";
const PREFETCH_BYTES = 32 * 1024 * 1024;

export interface DumpOptions {
  signal: AbortSignal;
  /** Which collections; all without. */
  include?: (collection: CollectionManifest) => boolean;
  /** Called with what was read since the last call. */
  onProgress?: (read: { collection: string; documents: number; bytes: number }) => void;
}

/** What a dump holds. */
export interface DumpContent {
  collections: CollectionManifest[];
  documents: number;
  bytes: number;
  /** The archive; can be read once. Throws NODE_MISSING, NODE_CORRUPT, STORAGE_UNAVAILABLE and the signal's reason. */
  archive: AsyncIterable<Buffer>;
}

/**
 * A snapshot as an archive that `mongorestore --archive` reads: every collection with options and indexes, views, capped
 * collections in their order, time series by their buckets. Users and roles are not in snapshots. Throws NOT_IMPLEMENTED
 * for snapshots of several shards.
 */
export function dumpSnapshot(repository: Repository, manifest: SnapshotManifest, options: DumpOptions): DumpContent {
  const [member, ...others] = manifest.members;
  if (!member || others.length > 0)
    throw new DomainError("NOT_IMPLEMENTED", { message: "snapshots of several shards cannot be dumped yet" });
  const collections = member.collections.filter((collection) => options.include?.(collection) ?? true);
  const namespaces = collections.map((collection) => namespaceOf(repository, collection, options));
  return {
    collections,
    documents: collections.reduce((sum, { documents }) => sum + documents, 0),
    bytes: collections.reduce((sum, { bytes }) => sum + bytes, 0),
    archive: writeArchive({
      serverVersion: manifest.source.mongoDBVersion,
      toolVersion: TOOL_VERSION,
      namespaces,
    }),
  };
}

function namespaceOf(repository: Repository, collection: CollectionManifest, options: DumpOptions): ArchiveNamespace {
  const { database, name, type } = collection;
  return {
    database,
    collection: name,
    metadata: metadataJson(collection),
    type,
    dataCollection: type === "timeseries" ? `${BUCKETS_PREFIX}${name}` : name,
    batches: () => rawBatches(repository, collection, options),
  };
}

async function* rawBatches(
  repository: Repository,
  { database, name, layers, documents }: CollectionManifest,
  { signal, onProgress }: DumpOptions,
): AsyncGenerator<Buffer[]> {
  const collection = `${database}.${name}`;
  let count = 0;
  const how = { prefetchBytes: PREFETCH_BYTES };
  for await (const entries of documentBatches(repository.reader(), layers ?? EMPTY_LAYERS, {}, how)) {
    signal.throwIfAborted();
    const batch = entries.map(({ doc }) => doc);
    count += batch.length;
    yield batch;
    onProgress?.({ collection, documents: batch.length, bytes: batch.reduce((sum, doc) => sum + doc.length, 0) });
  }
  if (count !== documents) {
    const message = `${collection}: the trees hold ${count} documents where the manifest counts ${documents}`;
    throw new DomainError("NODE_CORRUPT", { message, params: { collection } });
  }
}
