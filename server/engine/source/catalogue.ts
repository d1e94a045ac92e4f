import type { Db, MongoClient } from "mongodb";
import { BSON_TYPE, findElement } from "../bson/document";
import { toExtendedJson } from "./extended-json";
import { BUCKETS_PREFIX, isUserCollection, isUserDatabase } from "./namespaces";
import { operationTimeOf, RawCursor, startReadSession, type ClusterTime } from "./raw-cursor";

/** One collection or view as the server lists it. Options and specifications are canonical Extended JSON. */
export interface CatalogueEntry {
  database: string;
  name: string;
  type: "collection" | "view" | "timeseries";
  uuid: string | null;
  options: string;
  idIndex: string | null;
  /**
   * Without the one on `_id`; of a time series in its own terms, not in those of its buckets. Sorted by name: servers
   * list them in the order in which they were built.
   */
  indexes: string[];
  capped: boolean;
  clustered: boolean;
  /** The default collation is something else than byte order. */
  collated: boolean;
  /** The collection that holds the documents: the buckets of a time series, else the collection itself; null for views. */
  storage: string | null;
  /** The UUID of that one, which `uuid` is not for the buckets of a time series. Null where the server tells none. */
  storageUuid: string | null;
}

const NAMESPACE_NOT_FOUND = 26;

export interface CatalogueOptions {
  hasSessions: boolean;
  /** Lists what `isUserCollection` leaves out, and temporary collections, as well; still only user databases. */
  includeReserved?: boolean;
  /** Leaves `indexes` empty: a command less for each collection. */
  skipIndexes?: boolean;
  /** Is told the time of each reply: what is read may be as new as the latest of them. */
  onReply?: (time: ClusterTime | null) => void;
}

/**
 * Every user collection and view of the deployment, by database and name; not the temporary ones in which servers build the
 * results of aggregations, and which they drop themselves.
 */
export async function readCatalogue(client: MongoClient, options: CatalogueOptions): Promise<CatalogueEntry[]> {
  const reply = await client.db("admin").command({ listDatabases: 1, nameOnly: true });
  options.onReply?.(operationTimeOf(reply));
  const databases = (reply.databases as Array<{ name: string }>).map(({ name }) => name).filter(isUserDatabase);
  const entries: CatalogueEntry[] = [];
  for (const database of databases.sort()) entries.push(...(await readDatabase(client, database, options)));
  return entries;
}

/** The same for one database, or for one name in it. */
export async function readDatabase(
  client: MongoClient,
  database: string,
  options: CatalogueOptions,
  only?: string,
): Promise<CatalogueEntry[]> {
  const db = client.db(database);
  const filter = only === undefined ? {} : { filter: { name: { $in: [only, `${BUCKETS_PREFIX}${only}`] } } };
  const items = await readAll(client, db, "$cmd.listCollections", { listCollections: 1, ...filter }, options);
  const uuids = new Map(items.map((item) => [textField(item, "name"), uuidOf(item)]));
  const entries: CatalogueEntry[] = [];
  for (const item of items) {
    const name = textField(item, "name");
    if (only !== undefined && name !== only) continue;
    if (!isUserCollection(name) && !(options.includeReserved && !name.startsWith("system."))) continue;
    if (isTemporary(item) && !options.includeReserved) continue;
    const entry = toEntry(database, item, uuids);
    if (entry.type !== "view" && !options.skipIndexes) entry.indexes = await readIndexes(client, db, name, options);
    entries.push(entry);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The collection or view that has a name; null where nothing has. */
export async function readCollection(
  client: MongoClient,
  database: string,
  name: string,
  options: CatalogueOptions,
): Promise<CatalogueEntry | null> {
  const [found] = await readDatabase(client, database, options, name);
  return found ?? null;
}

/**
 * Whether the name under which an entry's documents are read still stands for the same collection: it was not dropped,
 * renamed or replaced since. Where the server tells no UUIDs, a collection of the same name and type counts as the same.
 */
export async function isStillThere(
  client: MongoClient,
  { database, name, type, storage, storageUuid }: CatalogueEntry,
  hasSessions: boolean,
): Promise<boolean> {
  const command = { listCollections: 1, filter: { name: storage } };
  const items = await readAll(client, client.db(database), "$cmd.listCollections", command, { hasSessions });
  const item = items.find((one) => textField(one, "name") === storage);
  if (item === undefined || typeOf(item) !== (storage === name ? type : "collection")) return false;
  const uuid = uuidOf(item);
  return uuid === null || storageUuid === null || uuid === storageUuid;
}

/** Whether an entry's collection exists under no name of its database any more. False where the server tells no UUIDs. */
export async function isDropped(
  client: MongoClient,
  { database, storageUuid }: CatalogueEntry,
  hasSessions: boolean,
): Promise<boolean> {
  if (storageUuid === null) return false;
  const items = await readAll(
    client,
    client.db(database),
    "$cmd.listCollections",
    { listCollections: 1 },
    { hasSessions },
  );
  return items.every((item) => uuidOf(item) !== storageUuid);
}

/** Index specifications without the one on `_id`; empty when the collection is gone. */
async function readIndexes(client: MongoClient, db: Db, name: string, options: CatalogueOptions): Promise<string[]> {
  try {
    const specs = await readAll(client, db, name, { listIndexes: name }, options);
    return specs
      .filter((spec) => !isIdIndex(spec))
      .map((spec) => toExtendedJson(spec))
      .sort();
  } catch (error) {
    if ((error as { code?: unknown }).code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
}

async function readAll(
  client: MongoClient,
  db: Db,
  collection: string,
  command: Record<string, unknown>,
  { hasSessions, onReply }: CatalogueOptions,
): Promise<Buffer[]> {
  const session = startReadSession(client, hasSessions);
  try {
    const cursor = await RawCursor.open(db, collection, { ...command, cursor: {} }, { session });
    const found: Buffer[] = [];
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
      onReply?.(cursor.operationTime);
      found.push(...batch.documents);
    }
    return found;
  } finally {
    await session?.endSession();
  }
}

function toEntry(database: string, item: Buffer, uuids: Map<string, string | null>): CatalogueEntry {
  const name = textField(item, "name");
  const type = typeOf(item);
  const options = subdocument(item, "options");
  const idIndex = subdocument(item, "idIndex");
  const buckets = `${BUCKETS_PREFIX}${name}`;
  const storage = type === "view" ? null : type === "timeseries" && uuids.has(buckets) ? buckets : name;
  return {
    database,
    name,
    type,
    uuid: uuidOf(item),
    options: options === null ? "{}" : toExtendedJson(options),
    idIndex: idIndex === null ? null : toExtendedJson(idIndex),
    indexes: [],
    capped: options !== null && isTrue(options, "capped"),
    clustered: options !== null && findElement(options, "clusteredIndex") !== null,
    collated: options !== null && isCollated(options),
    storage,
    storageUuid: storage === null ? null : uuids.get(storage)!,
  };
}

function typeOf(item: Buffer): CatalogueEntry["type"] {
  const listed = textField(item, "type");
  return listed === "view" || listed === "timeseries" ? listed : "collection";
}

function isTemporary(item: Buffer): boolean {
  const options = subdocument(item, "options");
  return options !== null && isTrue(options, "temp");
}

function isCollated(options: Buffer): boolean {
  const collation = subdocument(options, "collation");
  return collation !== null && textField(collation, "locale") !== "simple";
}

/** The index on `_id`, by its name or as the cluster key of a clustered collection. */
function isIdIndex(spec: Buffer): boolean {
  return textField(spec, "name") === "_id_" || isTrue(spec, "clustered");
}

function textField(doc: Buffer, name: string): string {
  const element = findElement(doc, name);
  return element?.type === BSON_TYPE.string ? doc.toString("utf8", element.start + 4, element.end - 1) : "";
}

function isTrue(doc: Buffer, name: string): boolean {
  const element = findElement(doc, name);
  return element?.type === BSON_TYPE.bool && doc[element.start] === 1;
}

function subdocument(doc: Buffer, name: string): Buffer | null {
  const element = findElement(doc, name);
  return element?.type === BSON_TYPE.object ? doc.subarray(element.start, element.end) : null;
}

/** `info.uuid` as hexadecimal; some servers send it as text. */
function uuidOf(item: Buffer): string | null {
  const info = subdocument(item, "info");
  if (info === null) return null;
  const element = findElement(info, "uuid");
  if (element?.type === BSON_TYPE.binData) return info.toString("hex", element.start + 5, element.end);
  if (element?.type === BSON_TYPE.string) return textField(info, "uuid").replaceAll("-", "").toLowerCase();
  return null;
}
