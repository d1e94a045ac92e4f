import { Long } from "bson";
import { elements } from "@/server/engine/bson/document";
import { decodeDocument, rawChild, toNumber, type Document } from "../protocol/decode";
import { encodeDocument, RawArray, RawValue } from "../protocol/encode";

/** One index of a collection. `spec` is what listIndexes shows, byte for byte. */
export interface IndexEntry {
  ident: number;
  spec: Buffer;
  name: string;
  key: Array<{ field: string; direction: 1 | -1; special: string | null }>;
  unique: boolean;
  sparse: boolean;
  hidden: boolean;
  partial: Document | null;
  expireAfterSeconds: number | null;
  collation: Document | null;
  /** Some document had an array on the way: one document may have several entries. */
  multikey: boolean;
  /** Some key was too long to be kept whole: order cannot be taken from the index. */
  shortened: boolean;
  /** false for text, geo, hashed and wildcard indexes: the specification is kept, nothing is indexed. */
  maintained: boolean;
}

/** One collection behind its UUID; a rename or drop changes only where the catalogue lists it. */
export interface CollectionEntry {
  namespace: string;
  db: string;
  name: string;
  uuid: Buffer;
  ident: number;
  options: Buffer;
  capped: { size: number; max: number | null } | null;
  indexes: IndexEntry[];
  /** Not in the catalogue record but kept beside it, in the same transaction as the documents. */
  count: number;
  bytes: number;
  nextRecord: number;
}

export function splitNamespace(namespace: string): { db: string; name: string } {
  const dot = namespace.indexOf(".");
  return { db: namespace.slice(0, dot), name: namespace.slice(dot + 1) };
}

export function parseKeyPattern(key: Buffer): IndexEntry["key"] {
  const fields: IndexEntry["key"] = [];
  for (const element of elements(key)) {
    const value = decodeDocument(key)[element.name];
    if (typeof value === "string") fields.push({ field: element.name, direction: 1, special: value });
    else {
      const special = element.name === "$**" || element.name.endsWith(".$**") ? "wildcard" : null;
      fields.push({ field: element.name, direction: (toNumber(value) ?? 1) < 0 ? -1 : 1, special });
    }
  }
  return fields;
}

/** Reads a stored index specification. */
export function indexFromSpec(spec: Buffer, ident: number): IndexEntry {
  const decoded = decodeDocument(spec);
  const key = parseKeyPattern(rawChild(spec, "key")!);
  return {
    ident,
    spec,
    name: String(decoded.name),
    key,
    unique: decoded.unique === true,
    sparse: decoded.sparse === true,
    hidden: decoded.hidden === true,
    partial: (decoded.partialFilterExpression as Document | undefined) ?? null,
    expireAfterSeconds: toNumber(decoded.expireAfterSeconds),
    collation: (decoded.collation as Document | undefined) ?? null,
    multikey: false,
    shortened: false,
    maintained: key.every((field) => field.special === null),
  };
}

function readCapped(options: Document): CollectionEntry["capped"] {
  if (options.capped !== true) return null;
  return { size: toNumber(options.size) ?? 0, max: toNumber(options.max) };
}

export function makeEntry(o: {
  namespace: string;
  uuid: Buffer;
  ident: number;
  options: Buffer;
  indexes: IndexEntry[];
}): CollectionEntry {
  return {
    ...o,
    ...splitNamespace(o.namespace),
    capped: readCapped(decodeDocument(o.options)),
    count: 0,
    bytes: 0,
    nextRecord: 1,
  };
}

export function encodeEntry(entry: CollectionEntry): Buffer {
  return encodeDocument({
    uuid: new RawValue(0x05, Buffer.concat([Buffer.from([16, 0, 0, 0, 4]), entry.uuid])),
    ident: entry.ident,
    options: RawValue.document(entry.options),
    specs: new RawArray(entry.indexes.map((index) => index.spec)),
    state: entry.indexes.map(({ ident, multikey, shortened }) => ({ ident, multikey, shortened })),
  });
}

export function decodeEntry(namespace: string, bytes: Buffer): CollectionEntry {
  const decoded = decodeDocument(bytes) as {
    uuid: { buffer: Uint8Array };
    ident: unknown;
    state: Array<{ ident: unknown; multikey: boolean; shortened: boolean }>;
  };
  const specs = rawChild(bytes, "specs")!;
  const indexes = [...elements(specs)].map((element, position) => {
    const state = decoded.state[position]!;
    const spec = Buffer.from(specs.subarray(element.start, element.end));
    const index = indexFromSpec(spec, toNumber(state.ident)!);
    return { ...index, multikey: state.multikey, shortened: state.shortened };
  });
  return makeEntry({
    namespace,
    uuid: Buffer.from(decoded.uuid.buffer),
    ident: toNumber(decoded.ident)!,
    options: Buffer.from(rawChild(bytes, "options")!),
    indexes,
  });
}

/** Count, bytes and next record number: they change with every write, so they are a record of their own. */
export function encodeTallies(entry: CollectionEntry): Buffer {
  return encodeDocument({
    count: Long.fromNumber(entry.count),
    bytes: Long.fromNumber(entry.bytes),
    next: Long.fromNumber(entry.nextRecord),
  });
}

export function applyTallies(entry: CollectionEntry, bytes: Buffer | undefined): void {
  if (!bytes) return;
  const decoded = decodeDocument(bytes);
  entry.count = toNumber(decoded.count) ?? 0;
  entry.bytes = toNumber(decoded.bytes) ?? 0;
  entry.nextRecord = toNumber(decoded.next) ?? 1;
}
