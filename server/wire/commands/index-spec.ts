import { elements } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { decodeDocument, isDocument, rawChild, toNumber, typeName, type Document } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import { compileIndex } from "../query";
import { indexFromSpec } from "../storage/catalog-entry";

/** Fields that an index specification may have (index_descriptor of the server). */
const KNOWN = new Set(
  "v key name unique sparse partialFilterExpression expireAfterSeconds hidden prepareUnique collation weights default_language language_override textIndexVersion 2dsphereIndexVersion bits min max bucketSize wildcardProjection columnstoreProjection clustered storageEngine background ns dropDups".split(
    " ",
  ),
);
/** Meaningless today; servers drop them. */
const DROPPED = new Set(["background", "ns", "dropDups"]);
const SPECIAL = new Set(["text", "2d", "2dsphere", "hashed", "columnstore"]);
const KEYS_MAX = 32;

function assertKey(key: Buffer | null, decoded: unknown): asserts key is Buffer {
  if (!key || !isDocument(decoded) || key.length <= 5) throw commandError(67, "Index keys cannot be empty.");
  const names = [...elements(key)].map(({ name }) => name);
  if (names.length > KEYS_MAX)
    throw commandError(67, `Index key pattern has too many fields; at most ${KEYS_MAX} are allowed`);
  if (new Set(names).size !== names.length) throw commandError(67, "Index key pattern names a field twice");
  for (const name of names) {
    const value = decoded[name];
    if (typeof value === "string") {
      if (SPECIAL.has(value)) continue;
      throw commandError(67, `Unknown index plugin '${value}'`);
    }
    const direction = toNumber(value);
    if (direction === null)
      throw commandError(
        67,
        `Values in v:2 index key pattern cannot be of type ${typeName(value)}. Only numbers > 0, numbers < 0, and strings are allowed.`,
      );
    if (direction === 0 || Number.isNaN(direction))
      throw commandError(67, "Values in the index key pattern cannot be 0.");
    if (name === "" || name.split(".").includes(""))
      throw commandError(67, "Index keys cannot contain an empty field.");
    if (name.startsWith("$") && name !== "$**")
      throw commandError(67, `Index key contains an illegal field name: field name starts with '$'. Found: ${name}`);
  }
}

/** The name that servers make: fields and directions with underscores. */
function defaultName(key: Buffer): string {
  const decoded = decodeDocument(key);
  return [...elements(key)].map(({ name }) => `${name}_${String(toNumber(decoded[name]) ?? decoded[name])}`).join("_");
}

function assertOptions(spec: Document, key: Buffer): void {
  const ttl = spec.expireAfterSeconds;
  if (ttl !== undefined) {
    const seconds = toNumber(ttl);
    if (seconds === null)
      throw commandError(
        67,
        `TTL index 'expireAfterSeconds' option must be numeric, but received a type of '${typeName(ttl)}'.`,
      );
    if (seconds < 0 || seconds > 2_147_483_647)
      throw commandError(67, "TTL index 'expireAfterSeconds' option must be within an acceptable range");
    if ([...elements(key)].length > 1)
      throw commandError(67, "TTL indexes are single-field indexes, compound indexes do not support TTL.");
    if (key.length > 0 && [...elements(key)][0]!.name === "_id")
      throw commandError(197, "The field 'expireAfterSeconds' is not valid for an _id index specification.");
  }
  if (spec.sparse === true && spec.partialFilterExpression !== undefined) {
    throw commandError(67, 'cannot mix "partialFilterExpression" and "sparse" options');
  }
  if (spec.name === "*" || spec.name === "")
    throw commandError(67, `The index name '${String(spec.name)}' is not valid.`);
}

function isIdIndex(key: Buffer): boolean {
  const fields = [...elements(key)];
  return fields.length === 1 && fields[0]!.name === "_id" && toNumber(decodeDocument(key)._id) === 1;
}

/**
 * The specification as it is stored and listed: `v`, `key`, `name`, then the options as they came. Throws 67 or 197 for
 * what no server builds.
 */
export function readIndexSpec(
  raw: Buffer,
  o: { ignoreUnknown: boolean; collation?: Buffer | null | undefined },
): Buffer {
  const decoded = decodeDocument(raw);
  const key = rawChild(raw, "key");
  if (decoded.key === undefined)
    throw commandError(9, "The 'key' field is a required property of an index specification");
  assertKey(key, decoded.key);
  assertOptions(decoded, key);
  const fields = new Map<string, unknown>([
    ["v", toNumber(decoded.v) ?? 2],
    ["key", RawValue.document(key)],
    ["name", isIdIndex(key) ? "_id_" : (decoded.name ?? defaultName(key))],
  ]);
  for (const { name, type, start, end } of elements(raw)) {
    if (fields.has(name) || DROPPED.has(name)) continue;
    if (!KNOWN.has(name)) {
      if (o.ignoreUnknown) continue;
      throw commandError(
        197,
        `The field '${name}' is not valid for an index specification. Specification: ${JSON.stringify(decoded)}`,
      );
    }
    if (decoded[name] === false && ["unique", "sparse", "hidden"].includes(name)) continue;
    fields.set(name, new RawValue(type, raw.subarray(start, end)));
  }
  setCollation(fields, rawChild(raw, "collation"), o.collation ?? null);
  setVersions(fields, decoded);
  const spec = encodeDocument(fields);
  compileIndex(indexFromSpec(spec, 0).query);
  return spec;
}

/** An index inherits the collection's collation; "simple" means none. */
function setCollation(fields: Map<string, unknown>, own: Buffer | null, inherited: Buffer | null): void {
  if (own && decodeDocument(own).locale === "simple") fields.delete("collation");
  else if (!own && inherited) fields.set("collation", RawValue.document(inherited));
}

/** Versions that servers write into special indexes. */
function setVersions(fields: Map<string, unknown>, decoded: Document): void {
  const kinds = Object.values(decoded.key as Document);
  if (kinds.includes("text")) {
    const weights = Object.fromEntries(
      Object.entries(decoded.key as Document)
        .filter(([, kind]) => kind === "text")
        .map(([name]) => [name, 1]),
    );
    if (!fields.has("weights")) fields.set("weights", weights);
    if (!fields.has("default_language")) fields.set("default_language", "english");
    if (!fields.has("language_override")) fields.set("language_override", "language");
    if (!fields.has("textIndexVersion")) fields.set("textIndexVersion", 3);
  }
  if (kinds.includes("2dsphere") && !fields.has("2dsphereIndexVersion")) fields.set("2dsphereIndexVersion", 3);
}

/** Whether two specifications mean the same index; without the name, whether they would be the same but for it. */
export function sameSpec(a: Buffer, b: Buffer, ignoreName = false): boolean {
  const show = (spec: Buffer): string => {
    const { v: _v, key: _key, name, ...options } = decodeDocument(spec);
    const key = rawChild(spec, "key")!;
    const fields = [...elements(key)].map((field) => [field.name, String(decodeDocument(key)[field.name])]);
    if (ignoreName) {
      const { unique, sparse, partialFilterExpression, collation } = options;
      return JSON.stringify([fields, { unique, sparse, partialFilterExpression, collation }]);
    }
    const sorted = Object.entries(options).sort(([x], [y]) => (x < y ? -1 : 1));
    return JSON.stringify([fields, name, sorted]);
  };
  return show(a) === show(b);
}
