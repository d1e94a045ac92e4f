import type { Transaction } from "lmdb";
import { applyTallies, decodeEntry, type CollectionEntry, type IndexEntry } from "./catalog-entry";
import type { Stores } from "./lmdb/environment";
import { afterIdent, prefixed } from "./lmdb/record-key";
import { timeKey, type ClusterTime } from "./timestamp";

export interface StoredRecord {
  recordKey: Buffer;
  doc: Buffer;
}

/** Part of a key space: from `low` to `high`, without the ident; null is the end of it. */
export interface KeyRange {
  low: Buffer | null;
  high: Buffer | null;
  lowInclusive: boolean;
  highInclusive: boolean;
}

export const WHOLE_RANGE: KeyRange = { low: null, high: null, lowInclusive: true, highInclusive: true };

/**
 * Reads of one moment. Without a transaction each call sees the newest state; with one, the state of its beginning.
 * Iterations are synchronous: nobody keeps one open across an await, so no reader lingers.
 */
export class ReadView {
  readonly #entries = new Map<string, CollectionEntry | null>();

  constructor(
    private readonly stores: Stores,
    private readonly live: ReadonlyMap<string, CollectionEntry>,
    readonly transaction: Transaction | null,
    readonly time: ClusterTime,
  ) {}

  private get options(): { transaction?: Transaction } {
    return this.transaction ? { transaction: this.transaction } : {};
  }

  /** The collection of that name as the catalogue had it at this moment. */
  collection(namespace: string): CollectionEntry | undefined {
    if (!this.transaction) return this.live.get(namespace);
    let entry = this.#entries.get(namespace);
    if (entry === undefined) {
      entry = this.readEntry(namespace);
      this.#entries.set(namespace, entry);
    }
    return entry ?? undefined;
  }

  private readEntry(namespace: string): CollectionEntry | null {
    const bytes = this.stores.catalog.get(Buffer.from(namespace), this.options);
    if (!bytes) return null;
    const entry = decodeEntry(namespace, bytes);
    applyTallies(entry, this.stores.meta.get(talliesKey(entry.ident), this.options));
    return entry;
  }

  get(entry: CollectionEntry, recordKey: Buffer): Buffer | undefined {
    return this.stores.documents.get(prefixed(entry.ident, recordKey), this.options);
  }

  /** Documents in record order, or against it. */
  *records(entry: CollectionEntry, range: KeyRange, reverse: boolean): Generator<StoredRecord> {
    for (const { key, value } of this.scan(this.stores.documents, entry.ident, range, reverse)) {
      yield { recordKey: key.subarray(4), doc: value };
    }
  }

  /** Entries of an index: the key behind its ident, and the record it points to. */
  *indexEntries(index: IndexEntry, range: KeyRange, reverse: boolean): Generator<{ indexKey: Buffer; recordKey: Buffer }> {
    for (const { key, value } of this.scan(this.stores.indexes, index.ident, range, reverse)) {
      yield { indexKey: key.subarray(4), recordKey: value };
    }
  }

  /** Oplog entries; `range` holds time keys. */
  *oplog(range: KeyRange, reverse: boolean): Generator<StoredRecord> {
    const first = Buffer.from([0]);
    const beyond = timeKey(0xffffffffffffffffn);
    const bounds = { low: range.low ?? first, high: range.high ?? beyond };
    for (const { key, value } of this.iterate(this.stores.oplog, bounds.low, bounds.high, range, reverse)) {
      yield { recordKey: key, doc: value };
    }
  }

  private scan(store: Stores["documents"], ident: number, range: KeyRange, reverse: boolean): Iterable<{ key: Buffer; value: Buffer }> {
    const low = prefixed(ident, range.low ?? Buffer.alloc(0));
    const high = range.high ? prefixed(ident, range.high) : afterIdent(ident);
    return this.iterate(store, low, high, range, reverse);
  }

  private *iterate(store: Stores["documents"], low: Buffer, high: Buffer, range: KeyRange, reverse: boolean): Generator<{ key: Buffer; value: Buffer }> {
    // LMDB's own end bounds are exclusive forwards; the inclusive edges are settled here for both directions.
    const options = reverse
      ? { start: high, end: low, reverse: true, inclusiveEnd: true, ...this.options }
      : { start: low, end: high, inclusiveEnd: true, ...this.options };
    for (const { key, value } of store.getRange(options)) {
      if (!range.lowInclusive && key.equals(low)) continue;
      if (!range.highInclusive && key.equals(high)) continue;
      yield { key, value };
    }
  }
}

export function talliesKey(ident: number): Buffer {
  return Buffer.from(`tallies:${ident}`);
}
