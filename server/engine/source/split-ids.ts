import { deserialize } from "bson";
import type { MongoClient } from "mongodb";
import { encodeIdKey, encodeValueKey } from "../bson/key";
import { splitPoints, type NodeReader, type TreeRoot } from "../tree";
import type { CatalogueEntry } from "./catalogue";
import { RawCursor, startReadSession } from "./raw-cursor";

/** A range of a collection that is read in several at once. */
const RANGE_BYTES = 16 * 1024 * 1024;
/** From so much on a sample is worth its time. */
const SAMPLED_FROM_BYTES = 16 * RANGE_BYTES;
/** A server that walks over everything to draw a sample is not waited for. */
const SAMPLE_MS_MAX = 1000;
/** Random ids for each range, so that ranges are of like size. */
const SAMPLES_PER_RANGE = 8;
const SAMPLES_MAX = 50_000;
/** Types of `_id` that go to the server and back unchanged; others are no ends of ranges. */
const SPLIT_TYPES: ReadonlySet<string> = new Set(["ObjectId", "Int32", "Long", "Double", "Decimal128", "Binary"]);
const LENGTH_MAX = 256;

const RANGES_FROM_BYTES = 4 * RANGE_BYTES;
const AVERAGE_BYTES_MAX = 1024 * 1024;

/**
 * Whether a collection is large enough to be read in ranges and its index on `_id` a plain one. Documents of megabytes
 * are not: a few of them are a reply, and replies under way are what memory goes to.
 */
export function isWorthRanges(
  { type, capped, collated, clustered }: CatalogueEntry,
  { bytes, documents }: { bytes: number; documents: number },
): boolean {
  if (type !== "collection" || capped || collated || clustered) return false;
  return bytes >= RANGES_FROM_BYTES && bytes / Math.max(1, documents) <= AVERAGE_BYTES_MAX;
}

export interface Namespace {
  client: MongoClient;
  database: string;
  collection: string;
  hasSessions: boolean;
}

/**
 * Where a collection is cut into ranges, ascending: by the tree of an older snapshot, else by a sample that the server
 * draws. Empty where the server cannot read ranges or draw samples: then it is read in one.
 */
export async function splitIds(
  from: Namespace,
  sizes: { bytes: number; documents: number },
  older: { reader: NodeReader; base: TreeRoot } | null,
): Promise<AsyncIterable<unknown> | unknown[]> {
  if (!(await readsRanges(from))) return [];
  // Less than half of it old: its tree says little about where the documents are now.
  if (older && older.base.bytes * 2 > sizes.bytes) return fromTree(older.reader, older.base);
  return sizes.bytes < SAMPLED_FROM_BYTES ? [] : sample(from, Math.ceil(sizes.bytes / RANGE_BYTES));
}

async function* fromTree(reader: NodeReader, base: TreeRoot): AsyncGenerator<unknown> {
  for await (const document of splitPoints(reader, base, RANGE_BYTES)) {
    const id = idOf(document);
    if (id !== undefined) yield id;
  }
}

/** True when the server keeps to `min`: others refuse it, or (which the answer shows) take no notice. */
export async function readsRanges(from: Namespace): Promise<boolean> {
  const find = { find: from.collection, hint: { _id: 1 }, sort: { _id: 1 }, batchSize: 2, singleBatch: true };
  const [, second] = await readAll(from, { ...find, limit: 2 }).catch(() => []);
  const id = second && idOf(second);
  if (id === undefined) return false;
  const [found] = await readAll(from, { ...find, min: { _id: id }, limit: 1 }).catch(() => []);
  return found !== undefined && encodeIdKey(found).equals(encodeValueKey(id));
}

async function sample(from: Namespace, ranges: number): Promise<unknown[]> {
  const size = Math.min(ranges * SAMPLES_PER_RANGE, SAMPLES_MAX);
  const pipeline = [{ $sample: { size } }, { $project: { _id: 1 } }];
  const command = { aggregate: from.collection, pipeline, cursor: {}, maxTimeMS: SAMPLE_MS_MAX };
  const documents = await readAll(from, command).catch(() => []);
  const keyed = documents.flatMap((document) => {
    const id = idOf(document);
    return id === undefined ? [] : [{ key: encodeValueKey(id), id }];
  });
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  const distinct = keyed.filter(({ key }, i) => i === 0 || !key.equals(keyed[i - 1]!.key));
  return distinct.filter((_, i) => i % SAMPLES_PER_RANGE === SAMPLES_PER_RANGE - 1).map(({ id }) => id);
}

async function readAll(from: Namespace, command: Record<string, unknown>): Promise<Buffer[]> {
  const session = startReadSession(from.client, from.hasSessions);
  try {
    const options = session ? { session } : {};
    const cursor = await RawCursor.open(from.client.db(from.database), from.collection, command, options);
    const documents: Buffer[] = [];
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next())
      documents.push(...batch.documents);
    return documents;
  } finally {
    await session?.endSession();
  }
}

/** The `_id` as the driver sends it, or undefined where it would not be sure to stay what it is. */
export function idOf(document: Buffer): unknown {
  let id: unknown;
  try {
    id = deserialize(document, { promoteValues: false })._id;
  } catch {
    return undefined;
  }
  if (typeof id === "string") return id.length <= LENGTH_MAX ? id : undefined;
  // A date that JavaScript has not (beyond 275760) would go to the server as another one.
  if (id instanceof Date) return Number.isNaN(id.getTime()) ? undefined : id;
  const { _bsontype: type, position = 0 } = (id ?? {}) as { _bsontype?: string; position?: number };
  return type !== undefined && SPLIT_TYPES.has(type) && position <= LENGTH_MAX ? id : undefined;
}
