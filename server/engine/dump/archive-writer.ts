import { Long, serialize, type Document } from "bson";
import { Crc64 } from "./crc64";

/**
 * MongoDB's archive format, which `mongorestore --archive` reads (`mongodump --archive` of the Database Tools 100.x,
 * common/archive):
 *
 *   magic | header | one entry a namespace | FF FF FF FF
 *   (namespace header | documents … | FF FF FF FF) …
 *   (namespace header with EOF and the CRC-64 of all documents | FF FF FF FF) once a namespace
 */
export interface ArchiveNamespace {
  database: string;
  /** The name that the metadata go by. */
  collection: string;
  /** The text of a metadata.json. */
  metadata: string;
  type: "collection" | "view" | "timeseries";
  /** The collection that the documents lie in: the buckets of a time series, else the collection itself. */
  dataCollection: string;
  /** Raw documents in batches, bounded by their producer. Views have none, yet a header and an end like all others. */
  batches(): AsyncIterable<readonly Buffer[]>;
}

export interface ArchiveContent {
  /** The release that the data come from; mongorestore compares it with the target's. */
  serverVersion: string;
  toolVersion: string;
  namespaces: readonly ArchiveNamespace[];
}

export const ARCHIVE_MAGIC = 0x8199e26d;
export const ARCHIVE_FORMAT_VERSION = "0.1";
const TERMINATOR = Buffer.from([0xff, 0xff, 0xff, 0xff]);
/** mongodump ends a block when it has collected this much. */
const BLOCK_BYTES = 16 * 1024 * 1024;
/** One after the other, so the reader never has to hold a second one back. */
const CONCURRENT_COLLECTIONS = 1;

/**
 * The bytes of an archive, in pieces about as large as the batches. Memory is that of one batch. What `batches` throws is
 * thrown; the archive then has no end mark and no reader takes it for whole.
 */
export async function* writeArchive({
  serverVersion,
  toolVersion,
  namespaces,
}: ArchiveContent): AsyncGenerator<Buffer> {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(ARCHIVE_MAGIC);
  const header = {
    concurrent_collections: CONCURRENT_COLLECTIONS,
    version: ARCHIVE_FORMAT_VERSION,
    server_version: serverVersion,
    tool_version: toolVersion,
  };
  const entries = namespaces.map(({ database, collection, metadata, type }) =>
    toBson({ db: database, collection, metadata, size: 0, type }),
  );
  yield Buffer.concat([magic, toBson(header), ...entries, TERMINATOR]);
  for (const namespace of namespaces) yield* writeData(namespace);
}

async function* writeData(namespace: ArchiveNamespace): AsyncGenerator<Buffer> {
  const { database, dataCollection: collection } = namespace;
  const crc = new Crc64();
  let blockBytes = 0;
  yield namespaceHeader(database, collection, null);
  for await (const batch of namespace.batches()) {
    const documents = Buffer.concat(batch as Buffer[]);
    crc.update(documents);
    if (blockBytes > 0 && blockBytes + documents.length > BLOCK_BYTES) {
      yield Buffer.concat([TERMINATOR, namespaceHeader(database, collection, null)]);
      blockBytes = 0;
    }
    blockBytes += documents.length;
    yield documents;
  }
  yield Buffer.concat([TERMINATOR, namespaceHeader(database, collection, crc.value()), TERMINATOR]);
}

function namespaceHeader(database: string, collection: string, crc: bigint | null): Buffer {
  return toBson({ db: database, collection, EOF: crc !== null, CRC: Long.fromBigInt(BigInt.asIntN(64, crc ?? 0n)) });
}

function toBson(document: Document): Buffer {
  return Buffer.from(serialize(document));
}
