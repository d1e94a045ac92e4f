import { encodeKey } from "@/server/engine/bson/key";
import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { parseCollation, type Collation } from "./collation";
import { compileFilter } from "./filter";
import { toNumber } from "./numbers";
import { fieldOf, fieldsOf, itemsOf, MISSING, NULL, Raw, rawArray, rawDocument, rawObject, rawString } from "./raw";
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

/** True when the index covers the document, by its partial filter. */
export function partialFilter(spec: IndexSpec, doc: Buffer): boolean {
  return compileIndex(spec).includes(doc);
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

/** The part of a key that one field's value makes. */
export function fieldKey(value: Raw, descending: boolean, collation: Collation | null = null): Buffer {
  const subject = collation === null ? value : collated(value, collation);
  const key = encodeKey(subject.buf, subject);
  if (descending) for (let i = 0; i < key.length; i += 1) key[i] = ~key[i]! & 0xff;
  return key;
}

function collated(value: Raw, collation: Collation): Raw {
  if (value.isString) return rawString(collation.equalityClass(value.text()));
  if (value.isObject) {
    return rawObject(fieldsOf(value).map((field) => ({ name: field.name, value: collated(field.value, collation) })));
  }
  return value.isArray ? rawArray(itemsOf(value).map((item) => collated(item, collation))) : value;
}

/** A field of the pattern while keys are generated: found, or still to be looked for below the current object. */
type Slot = { readonly value: Raw } | { readonly parts: readonly string[] };

/**
 * Every combination of values that an index over these paths holds for a document, arrays expanded; a missing value is
 * MISSING. Also the source of sort keys. Throws 171 when two of the paths meet different arrays.
 */
export function pathTuples(paths: readonly (readonly string[])[], doc: Raw): { tuples: Raw[][]; multikey: boolean } {
  const tuples: Raw[][] = [];
  const multikey = expand(
    doc,
    paths.map((parts) => ({ parts })),
    tuples,
  );
  return { tuples, multikey };
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

const UNDEFINED = new Raw(Buffer.alloc(0), BSON_TYPE.undefined, 0, 0);

function expand(object: Raw, slots: readonly Slot[], out: Raw[][]): boolean {
  let array: Raw | null = null;
  let arrayPath = "";
  const next: (Slot & { open?: boolean })[] = slots.map((slot) => {
    if ("value" in slot) return slot;
    const found = follow(object, slot.parts);
    if (found.rest === null) return { value: found.value };
    if (array !== null && array.start !== found.value.start) {
      throw commandError(171, `cannot index parallel arrays [${slot.parts[0]}] [${arrayPath}]`);
    }
    array = found.value;
    arrayPath = slot.parts[0]!;
    return { parts: found.rest, open: true };
  });
  if (array === null) {
    out.push(next.map((slot) => ("value" in slot ? slot.value : MISSING)));
    return false;
  }
  const items = itemsOf(array);
  if (items.length === 0) {
    out.push(next.map((slot) => ("value" in slot ? slot.value : slot.parts.length === 0 ? UNDEFINED : MISSING)));
  }
  for (const item of items) {
    const inner = next.map((slot): Slot => {
      if ("value" in slot) return slot;
      if (slot.parts.length === 0) return { value: item };
      return item.isObject ? { parts: slot.parts } : { value: MISSING };
    });
    expand(item, inner, out);
  }
  return true;
}

/** Goes down as far as no array has to be expanded. `rest` null: `value` is the answer; else it is the array met. */
function follow(object: Raw, parts: readonly string[]): { value: Raw; rest: readonly string[] | null } {
  let current = object;
  for (let i = 0; i < parts.length; i += 1) {
    const found = fieldOf(current, parts[i]!);
    if (found === null) return { value: MISSING, rest: null };
    current = found;
    while (current.isArray) {
      const step = parts[i + 1];
      if (step === undefined || !/^\d+$/.test(step)) return { value: current, rest: parts.slice(i + 1) };
      const items = itemsOf(current);
      if (items.some((item) => item.isObject && fieldOf(item, step) !== null)) {
        throw commandError(
          16746,
          `Ambiguous field name found in array (do not use numeric field names in embedded elements in an array), field: '${step}'`,
        );
      }
      const item = items[Number(step)];
      if (item === undefined) return { value: MISSING, rest: null };
      current = item;
      i += 1;
    }
    if (i + 1 < parts.length && !current.isObject) return { value: MISSING, rest: null };
  }
  return { value: current, rest: null };
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
