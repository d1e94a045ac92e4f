import { Long } from "bson";
import { elements } from "@/server/engine/bson/document";
import { decodeDocument, rawChild, toNumber, type Document } from "../protocol/decode";
import type { IndexSpec } from "../query/index-keys";
import { encodeDocument, RawArray, RawValue } from "../protocol/encode";

/** One index of a collection. `spec` is what listIndexes shows, byte for byte; `query` is what the planner reads. */
export interface IndexEntry {
  /** 0 for the _id index of an ordinary collection: the order of its records is that index. */
  ident: number;
  spec: Buffer;
  name: string;
  key: Buffer;
  unique: boolean;
  expireAfterSeconds: number | null;
  /** A new object whenever `multikey` changes, because compiled forms are kept by identity. */
  query: IndexSpec;
  /** Some key was too long to be kept whole: order cannot be taken from the index. */
  shortened: boolean;
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

function querySpec(spec: Buffer, multikey: boolean): IndexSpec {
  const decoded = decodeDocument(spec);
  const partial = rawChild(spec, "partialFilterExpression");
  const collation = rawChild(spec, "collation");
  return {
    name: String(decoded.name),
    key: rawChild(spec, "key")!,
    unique: decoded.unique === true,
    sparse: decoded.sparse === true,
    hidden: decoded.hidden === true,
    ...(partial && { partialFilterExpression: partial }),
    ...(collation && { collation }),
    multikey,
  };
}

/** Reads a stored index specification; throws what the planner says about one it does not understand. */
export function indexFromSpec(spec: Buffer, ident: number, state = { multikey: false, shortened: false }): IndexEntry {
  const query = querySpec(spec, state.multikey);
  return {
    ident,
    spec,
    name: query.name,
    key: rawChild(spec, "key")!,
    unique: query.unique === true,
    expireAfterSeconds: toNumber(decodeDocument(spec).expireAfterSeconds),
    query,
    shortened: state.shortened,
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
    state: entry.indexes.map(({ ident, query, shortened }) => ({
      ident,
      multikey: query.multikey === true,
      shortened,
    })),
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
    return indexFromSpec(spec, toNumber(state.ident)!, state);
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
