import { BSON_TYPE } from "@/server/engine/bson/document";
import { CommandError, commandError } from "../command-error";
import type { Collation } from "./collation";
import { compareRaw } from "./compare";
import { fieldKey, pathTuples } from "./path-tuples";
import { toNumber } from "./numbers";
import type { Raw } from "./raw";
import { fieldsOf, MISSING, NULL, rawDocument, type DocumentLike } from "./raw";

export const SORT_MEMORY_BYTES_MAX = 100 * 1024 * 1024;

export interface SortField {
  readonly path: string;
  readonly descending: boolean;
}

export interface CompiledSort {
  /** Empty for no sort and for $natural. */
  readonly fields: readonly SortField[];
  /** 1 or -1 for {$natural: …}, else null. */
  readonly natural: 1 | -1 | null;
  /** A document's sort key; documents order as their keys do under `compareKeys`. */
  keyOf(doc: Buffer): SortKey;
  compareKeys(a: SortKey, b: SortKey): number;
}

/** Bytes that compare as they lie, or the values themselves under a collation. */
export type SortKey = Buffer | readonly Raw[];

/**
 * Compiles a sort specification. Arrays sort by their smallest (descending: largest) element, missing as null. Throws
 * 15975 for another direction than 1 or -1, 2 for parallel arrays when a document has them.
 */
export function compileSort(
  spec: DocumentLike | null | undefined,
  o: { collation?: Collation | null } = {},
): CompiledSort {
  const collation = o.collation ?? null;
  const pattern = spec ? fieldsOf(rawDocument(spec)) : [];
  const natural = pattern.find((field) => field.name === "$natural");
  if (natural && pattern.length > 1)
    throw commandError(2, "$natural sort cannot be set to a value other than -1 or 1.");
  const fields = natural ? [] : pattern.map((field) => sortField(field.name, field.value));
  const paths = fields.map((field) => field.path.split("."));
  return {
    fields,
    natural: natural ? (toNumber(natural.value) < 0 ? -1 : 1) : null,
    keyOf: (doc) => sortKey(fields, paths, collation, doc),
    compareKeys: (a, b) => compareKeys(fields, collation, a, b),
  };
}

function sortField(path: string, value: Raw): SortField {
  if (value.type === BSON_TYPE.object) {
    throw commandError(40218, "query requires text score metadata, but it is not available");
  }
  if (path === "" || path.startsWith("$") || path.split(".").includes("")) {
    throw commandError(path === "" ? 40352 : 16410, "FieldPath field names may not be empty or start with '$'.");
  }
  if (!value.isNumber) throw commandError(15974, `Illegal key in $sort specification: ${path}`);
  const direction = toNumber(value);
  if (direction !== 1 && direction !== -1) {
    throw commandError(15975, "$sort key ordering must be 1 (for ascending) or -1 (for descending)");
  }
  return { path, descending: direction === -1 };
}

function compareKeys(fields: readonly SortField[], collation: Collation | null, a: SortKey, b: SortKey): number {
  if (Buffer.isBuffer(a)) return a.compare(b as Buffer);
  for (let i = 0; i < fields.length; i += 1) {
    const order = compareRaw(a[i]!, (b as readonly Raw[])[i]!, collation);
    if (order !== 0) return fields[i]!.descending ? -order : order;
  }
  return 0;
}

function sortKey(
  fields: readonly SortField[],
  paths: readonly string[][],
  collation: Collation | null,
  doc: Buffer,
): SortKey {
  let best: SortKey | null = null;
  for (const tuple of tuplesOf(paths, doc)) {
    const values = tuple.map((value) => (value === MISSING ? NULL : value));
    const key = collation ? values : Buffer.concat(values.map((value, i) => fieldKey(value, fields[i]!.descending)));
    if (best === null || compareKeys(fields, collation, key, best) < 0) best = key;
  }
  return best ?? [];
}

function tuplesOf(paths: readonly string[][], doc: Buffer): Raw[][] {
  try {
    return pathTuples(paths, rawDocument(doc)).tuples;
  } catch (error) {
    if (error instanceof CommandError && error.code === 171) {
      throw commandError(2, "cannot sort with keys that are parallel arrays");
    }
    throw error;
  }
}

/**
 * Sorts documents in memory, keeping no more than `limit` of them. Stable. Throws 292 above 100 MB, which is where the
 * server would begin to use its disk.
 */
export class SortBuffer {
  #entries: { key: SortKey; doc: Buffer }[] = [];
  #bytes = 0;

  constructor(
    readonly sort: CompiledSort,
    readonly limit = Infinity,
    readonly bytesMax = SORT_MEMORY_BYTES_MAX,
  ) {}

  add(doc: Buffer): void {
    this.#entries.push({ key: this.sort.keyOf(doc), doc });
    this.#bytes += doc.length;
    if (this.#entries.length >= this.limit * 2 + 1000) this.#shrink();
    if (this.#bytes <= this.bytesMax) return;
    this.#shrink();
    if (this.#bytes > this.bytesMax) {
      throw commandError(
        292,
        `Sort exceeded memory limit of ${this.bytesMax} bytes, but did not opt in to external sorting.`,
      );
    }
  }

  /** The sorted documents. */
  finish(): Buffer[] {
    this.#shrink();
    return this.#entries.map((entry) => entry.doc);
  }

  #shrink(): void {
    this.#entries.sort((a, b) => this.sort.compareKeys(a.key, b.key));
    if (this.#entries.length <= this.limit) return;
    this.#entries.length = this.limit;
    this.#bytes = this.#entries.reduce((sum, entry) => sum + entry.doc.length, 0);
  }
}

/** Sorts a stream of documents; see SortBuffer. */
export async function sortDocuments(
  source: AsyncIterable<Buffer> | Iterable<Buffer>,
  sort: CompiledSort,
  limit?: number,
): Promise<Buffer[]> {
  const buffer = new SortBuffer(sort, limit);
  for await (const doc of source) buffer.add(doc);
  return buffer.finish();
}
