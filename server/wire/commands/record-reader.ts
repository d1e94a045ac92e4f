import { clipRange, prefixRange, type KeyRange, type QueryPlan } from "../query";
import type { SessionTransaction } from "../runtime/transaction";
import type { CollectionEntry, IndexEntry } from "../storage/catalog-entry";
import { boundKey, INDEX_KEY_MAX, RECORD_KEY_MAX, isShortened } from "../storage/lmdb/record-key";
import { afterKey, WHOLE_RANGE, type ReadView, type StoredRecord } from "../storage/read-view";
import { encodeIdKey } from "@/server/engine/bson/key";

/** How much one turn of the event loop reads before others get theirs. */
const EXAMINED_MAX = 2000;
const BYTES_MAX = 4 * 1024 * 1024;

export interface ReadStats {
  keysExamined: number;
  docsExamined: number;
}

/**
 * Reads the records of a plan that pass the filter, a chunk at a time. Each chunk is read in one go; between chunks
 * the newest state may move on (a snapshot's does not), and reading goes on after the last key, as a server that
 * yields does. `next` answers null at the end; asked again it looks for records that came since (tailable cursors).
 */
export class RecordReader {
  readonly stats: ReadStats = { keysExamined: 0, docsExamined: 0 };
  #ranges: KeyRange[];
  readonly #reverse: boolean;
  readonly #seen: Set<string> | null;
  #changes: StoredRecord[] | null;
  #keyRead = false;

  constructor(
    private readonly view: () => ReadView,
    private readonly entry: CollectionEntry,
    private readonly plan: QueryPlan,
    private readonly matches: (doc: Buffer) => boolean,
    private readonly transaction: SessionTransaction | null = null,
  ) {
    this.#reverse = (plan.stage === "COLLSCAN" || plan.stage === "IXSCAN") && plan.direction === -1;
    this.#ranges = this.#rangesOf(plan);
    this.#seen = plan.stage === "IXSCAN" && !this.#isRecordOrder() ? new Set() : null;
    this.#changes = transaction?.hasChanges(entry) ? [...transaction.changedRecords(entry)] : null;
  }

  /** The index of an IXSCAN whose entries are read; null where the records themselves are in its order. */
  get #index(): IndexEntry | null {
    const { plan } = this;
    if (plan.stage !== "IXSCAN") return null;
    const index = this.entry.indexes.find(
      (candidate) => candidate.query === plan.index || candidate.name === plan.index.name,
    );
    return index && index.ident !== 0 ? index : null;
  }

  #isRecordOrder(): boolean {
    return this.plan.stage === "COLLSCAN" || this.#index === null;
  }

  #rangesOf(plan: QueryPlan): KeyRange[] {
    if (plan.stage === "COLLSCAN") return [WHOLE_RANGE];
    if (plan.stage !== "IXSCAN") return [];
    const max = this.#index ? INDEX_KEY_MAX : RECORD_KEY_MAX;
    const ranges = plan.ranges.map((range) => clipRange(range, max));
    return this.#reverse ? ranges.reverse() : ranges;
  }

  /** Matching records, possibly none of this chunk; null when the end was reached. */
  next(wanted = EXAMINED_MAX): StoredRecord[] | null {
    if (this.plan.stage === "EOF") return null;
    if (this.plan.stage === "IDHACK") return this.#byId(this.plan.key);
    const found: StoredRecord[] = [];
    let budget = EXAMINED_MAX;
    let bytes = 0;
    while (this.#ranges.length > 0) {
      const range = this.#ranges[0]!;
      let more = false;
      let position: Buffer | null = null;
      for (const record of this.#read(range)) {
        ({ position } = record);
        if (record.doc && this.#accept(record.recordKey, record.doc)) {
          found.push({ recordKey: record.recordKey, doc: record.doc });
          bytes += record.doc.length;
        }
        budget -= 1;
        if (budget <= 0 || bytes >= BYTES_MAX || found.length >= wanted) {
          more = true;
          break;
        }
      }
      if (position) this.#ranges[0] = afterKey(range, position, this.#reverse);
      if (more) return this.#inOrder(found);
      if (this.#ranges.length === 1 && this.plan.stage === "COLLSCAN") break;
      this.#ranges.shift();
    }
    return this.#finish(found);
  }

  /** Shortened keys do not order among themselves: a run of them is completed and sorted by the values. */
  #inOrder(found: StoredRecord[]): StoredRecord[] {
    const last = found.at(-1);
    if (!last || this.#index || this.entry.capped || !isShortened(last.recordKey, RECORD_KEY_MAX))
      return sortShortened(found, this.#reverse);
    const prefix = last.recordKey.subarray(0, RECORD_KEY_MAX);
    const range = this.#ranges[0]!;
    for (const record of this.#read(range)) {
      if (!record.position.subarray(0, RECORD_KEY_MAX).equals(prefix)) break;
      this.#ranges[0] = afterKey(range, record.position, this.#reverse);
      if (record.doc && this.#accept(record.recordKey, record.doc))
        found.push({ recordKey: record.recordKey, doc: record.doc });
    }
    return sortShortened(found, this.#reverse);
  }

  #finish(found: StoredRecord[]): StoredRecord[] | null {
    const changes = this.#changes?.filter(({ doc }) => this.matches(doc)) ?? [];
    this.#changes = this.#changes && [];
    const all = this.#index ? found : sortShortened(found, this.#reverse);
    return all.length + changes.length > 0 ? [...all, ...changes] : null;
  }

  #accept(recordKey: Buffer, doc: Buffer): boolean {
    if (this.#changes && this.transaction!.changeOf(this.entry, recordKey) !== undefined) return false;
    if (this.#seen) {
      const id = recordKey.toString("latin1");
      if (this.#seen.has(id)) return false;
      this.stats.docsExamined += 1;
      if (!this.matches(doc)) return false;
      if (this.plan.stage === "IXSCAN") this.#seen.add(id);
      return true;
    }
    this.stats.docsExamined += 1;
    return this.matches(doc);
  }

  *#read(range: KeyRange): Generator<{ position: Buffer; recordKey: Buffer; doc: Buffer | undefined }> {
    const view = this.view();
    const index = this.#index;
    if (!index) {
      if (this.plan.stage === "IXSCAN") this.stats.keysExamined += 0;
      for (const { recordKey, doc } of view.records(this.entry, range, this.#reverse)) {
        yield { position: recordKey, recordKey, doc };
      }
      return;
    }
    for (const { indexKey, recordKey } of view.indexEntries(index, range, this.#reverse)) {
      this.stats.keysExamined += 1;
      yield { position: indexKey, recordKey, doc: view.get(this.entry, recordKey) };
    }
  }

  #byId(key: Buffer): StoredRecord[] | null {
    if (this.#keyRead) return null;
    this.#keyRead = true;
    this.stats.keysExamined = 1;
    const recordKey = this.#recordKeyOf(boundKey(key, RECORD_KEY_MAX), key);
    if (!recordKey) return null;
    const change = this.transaction?.changeOf(this.entry, recordKey);
    const doc = change === undefined ? this.view().get(this.entry, recordKey) : change;
    if (!doc) return null;
    this.stats.docsExamined = 1;
    return this.matches(doc) ? [{ recordKey, doc }] : null;
  }

  #recordKeyOf(recordKey: Buffer, key: Buffer): Buffer | null {
    const index = this.entry.indexes[0]!;
    if (index.ident === 0) return recordKey;
    for (const found of this.view().indexEntries(index, prefixRange(boundKey(key, INDEX_KEY_MAX)), false))
      return found.recordKey;
    return null;
  }
}

/** Sorts runs of neighbours with shortened keys by their whole keys. */
function sortShortened(records: StoredRecord[], reverse: boolean): StoredRecord[] {
  for (let from = 0; from < records.length; from += 1) {
    if (!isShortened(records[from]!.recordKey, RECORD_KEY_MAX)) continue;
    const prefix = records[from]!.recordKey.subarray(0, RECORD_KEY_MAX);
    let to = from + 1;
    while (
      to < records.length &&
      isShortened(records[to]!.recordKey, RECORD_KEY_MAX) &&
      records[to]!.recordKey.subarray(0, RECORD_KEY_MAX).equals(prefix)
    )
      to += 1;
    if (to - from > 1) {
      const run = records.slice(from, to).map((record) => ({ record, key: encodeIdKey(record.doc) }));
      run.sort((a, b) => (reverse ? b.key.compare(a.key) : a.key.compare(b.key)));
      run.forEach(({ record }, position) => (records[from + position] = record));
    }
    from = to - 1;
  }
  return records;
}
