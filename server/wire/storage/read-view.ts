import type { Transaction } from "lmdb";
import type { KeyRange } from "../query/index-keys";
import { applyTallies, decodeEntry, type CollectionEntry, type IndexEntry } from "./catalog-entry";
import type { Stores } from "./lmdb/environment";
import { prefixed } from "./lmdb/record-key";
import { timeKey, type ClusterTime } from "./timestamp";

export interface StoredRecord {
  recordKey: Buffer;
  doc: Buffer;
}

export const WHOLE_RANGE: KeyRange = { from: Buffer.alloc(0), to: Buffer.from([0xff]) };
export const WHOLE_OPLOG: KeyRange = { from: Buffer.from([0]), to: timeKey(0xffffffffffffffffn) };

/** What is left of a range after `key` was read. */
export function afterKey(range: KeyRange, key: Buffer, reverse: boolean): KeyRange {
  if (reverse) return { from: range.from, to: key };
  return { from: Buffer.concat([key, Buffer.from([0])]), to: range.to };
}

/**
 * Reads of one moment. Without a transaction each call sees the newest state; with one, the state of its beginning.
 * Iterations are synchronous: nobody keeps one open across an await, so no reader lingers. Ranges hold their `from`
 * and not their `to`, in both directions.
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
  *indexEntries(
    index: IndexEntry,
    range: KeyRange,
    reverse: boolean,
  ): Generator<{ indexKey: Buffer; recordKey: Buffer }> {
    for (const { key, value } of this.scan(this.stores.indexes, index.ident, range, reverse)) {
      yield { indexKey: key.subarray(4), recordKey: value };
    }
  }

  /** Oplog entries; the range holds time keys. */
  *oplog(range: KeyRange, reverse: boolean): Generator<StoredRecord> {
    for (const { key, value } of this.iterate(this.stores.oplog, range.from, range.to, reverse)) {
      yield { recordKey: key, doc: value };
    }
  }

  private scan(
    store: Stores["documents"],
    ident: number,
    range: KeyRange,
    reverse: boolean,
  ): Iterable<{ key: Buffer; value: Buffer }> {
    return this.iterate(store, prefixed(ident, range.from), prefixed(ident, range.to), reverse);
  }

  private iterate(
    store: Stores["documents"],
    from: Buffer,
    to: Buffer,
    reverse: boolean,
  ): Iterable<{ key: Buffer; value: Buffer }> {
    return store.getRange(
      reverse
        ? { start: to, end: from, reverse: true, exclusiveStart: true, inclusiveEnd: true, ...this.options }
        : { start: from, end: to, ...this.options },
    );
  }
}

export function talliesKey(ident: number): Buffer {
  return Buffer.from(`tallies:${ident}`);
}
