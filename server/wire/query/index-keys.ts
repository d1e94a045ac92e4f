import { parseCollation, type Collation } from "./collation";
import { compileFilter } from "./filter";
import { toNumber } from "./numbers";
import { fieldKey, pathTuples } from "./path-tuples";
import { fieldsOf, MISSING, NULL, rawDocument } from "./raw";
import type { DocumentLike, Field } from "./raw";

/**
 * Index entries. The key of a document under an index is the keys of its fields one behind another (engine/bson/key:
 * each begins with a rank of 1 to 127 and ends itself); the bytes of descending fields are complemented, so their
 * ranks are 128 to 254. The storage appends the record's own key, which must begin with a byte from 0x01 to 0xfe and
 * never be empty. Hence, for any complete prefix K of such a key, exactly the entries that continue K lie in
 * `[K 01, K ff)`: see `prefixRange`. Text that holds NUL characters is why K itself is not the lower end: descending,
 * such text continues the key of its prefix with 00.
 */
export interface IndexSpec {
  readonly name: string;
  /** Field order counts: a Buffer, a Map, or an object without integer-like names. */
  readonly key: DocumentLike;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly hidden?: boolean;
  readonly partialFilterExpression?: DocumentLike;
  readonly collation?: DocumentLike;
  /** Kept by the storage: true once any document had an array on an indexed path. */
  readonly multikey?: boolean;
}

export interface IndexField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly descending: boolean;
}

export interface IndexKeys {
  /** Distinct keys, in no particular order; empty when a sparse index leaves the document out. */
  readonly keys: Buffer[];
  /** True when an array lay on an indexed path, even one of one element. */
  readonly multikey: boolean;
}

export interface CompiledIndex {
  readonly spec: IndexSpec;
  readonly fields: readonly IndexField[];
  /** "btree" keeps entries. "catalogue" (text, 2d, 2dsphere, hashed, wildcard) is listed, never searched, has no entries. */
  readonly kind: "btree" | "catalogue";
  readonly collation: Collation | null;
  /** False when the partial filter leaves the document out. */
  includes(doc: Buffer): boolean;
  /** Keys regardless of `includes`. Throws 171 for parallel arrays, 16746 for ambiguous numeric paths. */
  keys(doc: Buffer): IndexKeys;
}

const compiled = new WeakMap<IndexSpec, CompiledIndex>();

/** Compiles an index specification; the result is kept with the specification object. */
export function compileIndex(spec: IndexSpec): CompiledIndex {
  const known = compiled.get(spec);
  if (known) return known;
  const pattern = fieldsOf(rawDocument(spec.key));
  const btree = pattern.every(({ name, value }) => value.isNumber && !name.split(".").includes("$**"));
  const collation = parseCollation(spec.collation);
  const partial = spec.partialFilterExpression ? compileFilter(spec.partialFilterExpression, { collation }) : null;
  const fields = pattern.map(({ name, value }) => ({
    path: name,
    parts: name.split("."),
    descending: toNumber(value) < 0,
  }));
  const index: CompiledIndex = {
    spec,
    fields,
    kind: btree ? "btree" : "catalogue",
    collation,
    includes: (doc) => partial === null || partial(doc),
    keys: (doc) => (btree ? generateKeys(fields, spec.sparse === true, collation, doc) : { keys: [], multikey: false }),
  };
  compiled.set(spec, index);
  return index;
}

/** All entries of a document under an index: none where a partial or sparse index leaves it out. */
export function indexKeys(spec: IndexSpec, doc: Buffer): Buffer[] {
  const index = compileIndex(spec);
  return index.includes(doc) ? index.keys(doc).keys : [];
}

/** Keys at or above `from` and below `to`, byte by byte. */
export interface KeyRange {
  readonly from: Buffer;
  readonly to: Buffer;
}

const BELOW = Buffer.from([0x01]);
const ABOVE = Buffer.from([0xff]);

/** All entries whose key continues this complete prefix. The empty prefix gives the whole index. */
export function prefixRange(prefix: Buffer): KeyRange {
  return { from: Buffer.concat([prefix, BELOW]), to: Buffer.concat([prefix, ABOVE]) };
}

/**
 * The range for a store that cuts keys to their first `bytesMax` bytes: it may hold more entries, never fewer, so the
 * filter and, between entries of equal cut keys, the order must be checked on the documents.
 */
export function clipRange(range: KeyRange, bytesMax: number): KeyRange {
  const from = range.from.subarray(0, bytesMax);
  if (range.to.length <= bytesMax) return { from, to: range.to };
  return { from, to: Buffer.concat([range.to.subarray(0, bytesMax), ABOVE]) };
}

function generateKeys(
  fields: readonly IndexField[],
  sparse: boolean,
  collation: Collation | null,
  doc: Buffer,
): IndexKeys {
  const { tuples, multikey } = pathTuples(
    fields.map((field) => field.parts),
    rawDocument(doc),
  );
  const keys = new Map<string, Buffer>();
  for (const tuple of tuples) {
    if (sparse && tuple.every((value) => value === MISSING)) continue;
    const parts = tuple.map((value, i) => fieldKey(value === MISSING ? NULL : value, fields[i]!.descending, collation));
    const key = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    if (tuples.length === 1) return { keys: [key], multikey };
    keys.set(key.toString("latin1"), key);
  }
  return { keys: [...keys.values()], multikey };
}

/** The values of a key pattern for an error text or `keyValue`: first value of each field. */
export function keyValueOf(spec: IndexSpec, doc: Buffer): Field[] {
  const { fields } = compileIndex(spec);
  const { tuples } = pathTuples(
    fields.map((field) => field.parts),
    rawDocument(doc),
  );
  const first = tuples[0] ?? [];
  return fields.map((field, i) => ({ name: field.path, value: first[i] === MISSING ? NULL : (first[i] ?? NULL) }));
}
