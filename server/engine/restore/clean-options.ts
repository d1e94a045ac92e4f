import { Int32, Long, type Double } from "bson";
import { fromExtendedJson, type OrderedDocument } from "../source/extended-json";

/**
 * Options and index specifications as a server lists them are not what it takes back: they carry what it works out
 * itself, and leftovers of old releases. Each rule here says what it changed when that could matter to somebody.
 */
export interface CleanedCollection {
  /** What `create` takes beside the name. */
  options: OrderedDocument;
  /** Seconds of a clustered collection's own expiry, which waits until the restore is done. */
  parkedExpiry: number | null;
  differences: string[];
}

export interface CleanedIndex {
  /** Null when the target cannot have it. */
  spec: OrderedDocument | null;
  name: string;
  /** Seconds of the expiry, which waits until the restore is done. */
  parkedExpiry: number | null;
  /** Set by `collMod` once the index is built. */
  prepareUnique: boolean;
  differences: string[];
}

/** Worked out by the server, or without meaning since long. */
const DROPPED_OPTIONS = ["flags", "indexOptionDefaults", "recordIdsReplicated", "temp", "autoIndexId"];

const INDEX_OPTIONS = new Set([
  ...["key", "name", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "hidden", "collation"],
  ...["weights", "default_language", "language_override", "textIndexVersion", "2dsphereIndexVersion"],
  ...["bits", "min", "max", "wildcardProjection", "columnstoreProjection"],
]);
/** Known, and left out without a word: nobody can miss them. */
const SILENT_INDEX_OPTIONS = new Set(["v", "ns", "background", "dropDups", "prepareUnique", "bucketSize", "clustered"]);

/** The longest expiry a server takes; NaN acted like it on current releases, and as 0 on some old ones. */
const EXPIRY_MAX_SECONDS = 2_147_483_647;

export function cleanCollectionOptions(text: string): CleanedCollection {
  const options = fromExtendedJson(text);
  const differences: string[] = [];
  for (const name of DROPPED_OPTIONS) options.delete(name);
  const engine = options.get("storageEngine");
  if (engine instanceof Map && engine.delete("mmapv1") && engine.size === 0) options.delete("storageEngine");
  dropCollationVersion(options, differences);
  let parkedExpiry: number | null = null;
  if (options.has("clusteredIndex") && options.has("expireAfterSeconds")) {
    parkedExpiry = toSeconds(options.get("expireAfterSeconds"));
    options.delete("expireAfterSeconds");
  }
  return { options, parkedExpiry, differences };
}

/** The options of a view as `create` takes them. */
export function viewOptions(text: string): Record<string, unknown> {
  const options = fromExtendedJson(text);
  const collation = options.get("collation");
  if (collation instanceof Map) collation.delete("version");
  return Object.fromEntries(options);
}

/** `collated`: the collection has a default collation, which an index without one must not inherit. */
export function cleanIndex(text: string, context: { collated: boolean; canAddExpiryLater: boolean }): CleanedIndex {
  const spec = fromExtendedJson(text);
  const name = String(spec.get("name"));
  const differences: string[] = [];
  const prepareUnique = spec.get("prepareUnique") === true;
  const key = spec.get("key") as OrderedDocument;
  if ([...key.values()].includes("geoHaystack")) {
    return {
      spec: null,
      name,
      parkedExpiry: null,
      prepareUnique,
      differences: [`index ${name}: geoHaystack is gone since 5.0`],
    };
  }
  for (const option of [...spec.keys()]) {
    if (INDEX_OPTIONS.has(option)) continue;
    if (!SILENT_INDEX_OPTIONS.has(option)) differences.push(`index ${name}: left out the unknown option ${option}`);
    spec.delete(option);
  }
  cleanKey(key, name, differences);
  dropCollationVersion(spec, differences, name);
  if (context.collated && !spec.has("collation")) spec.set("collation", new Map([["locale", "simple"]]));
  if ([...key.values()].includes("2dsphere") && !spec.has("2dsphereIndexVersion"))
    spec.set("2dsphereIndexVersion", new Int32(1));
  return {
    spec,
    name,
    parkedExpiry: parkExpiry(spec, name, context.canAddExpiryLater, differences),
    prepareUnique,
    differences,
  };
}

/** Takes the expiry out, or puts it off by 68 years where the server cannot add it later. */
function parkExpiry(spec: OrderedDocument, name: string, canAddLater: boolean, differences: string[]): number | null {
  if (!spec.has("expireAfterSeconds")) return null;
  const given = toSeconds(spec.get("expireAfterSeconds"));
  const usable = given >= 0 && given <= EXPIRY_MAX_SECONDS;
  if (!usable) differences.push(`index ${name}: expireAfterSeconds ${given} became ${EXPIRY_MAX_SECONDS}`);
  if (canAddLater) spec.delete("expireAfterSeconds");
  else spec.set("expireAfterSeconds", new Int32(EXPIRY_MAX_SECONDS));
  return usable ? Math.floor(given) : EXPIRY_MAX_SECONDS;
}

/** Directions of old releases: 0, true, "" and the like meant ascending. Kinds of index stay. */
function cleanKey(key: OrderedDocument, name: string, differences: string[]): void {
  for (const [field, value] of key) {
    if (typeof value === "string" && value !== "") continue;
    const number = isNumber(value) ? toSeconds(value) : Number.NaN;
    if (number !== 0 && !Number.isNaN(number)) continue;
    key.set(field, new Int32(1));
    differences.push(`index ${name}: the direction of ${field} became 1`);
  }
}

/** The version of the collation library belongs to the server that sorts; another release has another one. */
function dropCollationVersion(holder: OrderedDocument, differences: string[], index?: string): void {
  const collation = holder.get("collation");
  if (!(collation instanceof Map) || !collation.delete("version")) return;
  const where = index === undefined ? "" : `index ${index}: `;
  differences.push(`${where}sorted by the target's own collation version`);
}

function isNumber(value: unknown): value is number | Int32 | Long | Double {
  return typeof value === "number" || (typeof value === "object" && value !== null && "_bsontype" in value);
}

function toSeconds(value: unknown): number {
  if (Long.isLong(value)) return value.toNumber();
  return Number(value);
}
