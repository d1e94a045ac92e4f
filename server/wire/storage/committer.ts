import type { Clock } from "@/server/platform/clock";
import { CommandError } from "../command-error";
import { encodeEntry, encodeTallies, type CollectionEntry, type IndexEntry } from "./catalog-entry";
import type { IndexBuilds } from "./index-builds";
import { COMMIT_WITHOUT_SYNC, type Stores } from "./lmdb/environment";
import { oplogEntry, transactionEntries } from "./oplog-entry";
import { RecordWriter } from "./record-writer";
import { talliesKey } from "./read-view";
import { prefixed, afterIdent } from "./lmdb/record-key";
import { nextTime, timeKey, type ClusterTime } from "./timestamp";
import type { CommitOptions, CommitResult, DeleteOp, WriteOp } from "./write-op";

const TIME_KEY = Buffer.from("time");
const IDENT_KEY = Buffer.from("ident");
const OPLOG_BYTES_KEY = Buffer.from("oplogBytes");
/** At most this many old entries go with one commit, so that no commit is slow because of them. */
const TRIM_MAX = 2000;

const NOTHING: readonly DeleteOp[] = [];

interface EntryState {
  tallies: Pick<CollectionEntry, "count" | "bytes" | "nextRecord">;
  flags: Array<Pick<IndexEntry, "query" | "shortened">>;
}

function stateOf(entry: CollectionEntry): EntryState {
  const { count, bytes, nextRecord } = entry;
  const flags = entry.indexes.map(({ query, shortened }) => ({ query, shortened }));
  return { tallies: { count, bytes, nextRecord }, flags };
}

function restoreState(entry: CollectionEntry, state: EntryState): void {
  Object.assign(entry, state.tallies);
  entry.indexes.forEach((index, position) => Object.assign(index, state.flags[position]));
}

function flagsChanged(entry: CollectionEntry, { flags }: EntryState): boolean {
  return entry.indexes.some(
    (index, position) => index.query !== flags[position]!.query || index.shortened !== flags[position]!.shortened,
  );
}

function readNumber(stores: Stores, key: Buffer): bigint {
  return stores.meta.get(key)?.readBigUInt64BE(0) ?? 0n;
}

/**
 * The one way to write. A commit is one LMDB transaction that holds the documents, their index entries, the oplog
 * entries, the record of the retryable write, the tallies and the last time, so that they can never disagree.
 */
export class Committer {
  lastTime: ClusterTime;
  oplogBytes: number;
  readonly records: RecordWriter;
  #nextIdent: number;
  #touched = new Map<CollectionEntry, EntryState>();

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly oplogBytesMax: number,
    /** The collection as it is now: between planning and writing it may have got an index or another name. */
    private readonly resolve: (entry: CollectionEntry) => CollectionEntry,
    private readonly builds: IndexBuilds,
  ) {
    this.records = new RecordWriter(stores, builds);
    this.lastTime = readNumber(stores, TIME_KEY);
    this.oplogBytes = Number(readNumber(stores, OPLOG_BYTES_KEY));
    this.#nextIdent = Number(readNumber(stores, IDENT_KEY)) || 1;
  }

  takeIdent(): number {
    const ident = this.#nextIdent;
    this.#nextIdent += 1;
    this.stores.meta.putSync(IDENT_KEY, timeKey(BigInt(this.#nextIdent)));
    return ident;
  }

  commit(ops: readonly WriteOp[], options: CommitOptions): CommitResult {
    const before = { time: this.lastTime, oplogBytes: this.oplogBytes, ident: this.#nextIdent };
    this.#touched = new Map();
    let result: CommitResult;
    try {
      result = this.stores.env.transactionSync(() => this.#run(ops, options), COMMIT_WITHOUT_SYNC);
    } catch (error) {
      for (const [entry, state] of this.#touched) restoreState(entry, state);
      this.builds.settle(false);
      this.lastTime = before.time;
      this.oplogBytes = before.oplogBytes;
      this.#nextIdent = before.ident;
      throw error;
    }
    this.builds.settle(true);
    for (const op of ops) if (op.kind === "catalog") op.published();
    return result;
  }

  #run(ops: readonly WriteOp[], options: CommitOptions): CommitResult {
    const wall = this.clock.now();
    const seconds = Math.floor(wall.getTime() / 1000);
    const take = (): ClusterTime => (this.lastTime = nextTime(this.lastTime, seconds));
    const errors: CommitResult["errors"] = new Map();
    const logged: WriteOp[] = [];
    let applied = 0;
    for (const [position, given] of ops.entries()) {
      try {
        const op = this.#resolved(given);
        const extra = this.#apply(op);
        logged.push(op);
        for (const more of extra) logged.push(more);
        applied += 1;
        options.onApplied?.(position);
      } catch (error) {
        if (!(error instanceof CommandError) || options.onError === "abort") throw error;
        errors.set(position, error);
        if (options.onError === "stop") break;
      }
    }
    const replicated = logged.filter((op) => !isLocal(op));
    if (options.transaction && replicated.length > 0) {
      for (const { time, entry } of transactionEntries(replicated, options.transaction.head, take, wall))
        this.#log(time, entry);
    } else {
      for (const op of replicated) {
        const time = take();
        this.#log(time, oplogEntry(op, time, wall, hasStatement(op) ? (options.retry?.head ?? null) : null));
      }
    }
    if (options.retry) this.stores.sessions.putSync(options.retry.sessionKey, options.retry.record());
    this.#finish();
    return { time: this.lastTime, errors, applied };
  }

  #resolved(op: WriteOp): WriteOp {
    if (!("entry" in op)) return op;
    const entry = this.resolve(op.entry);
    return entry === op.entry ? op : { ...op, entry };
  }

  #apply(op: WriteOp): readonly DeleteOp[] {
    switch (op.kind) {
      case "insert":
        this.#touch(op.entry);
        this.records.insert(op.entry, op.doc);
        return op.entry.capped ? this.#trimCapped(op.entry) : NOTHING;
      case "update":
        this.#touch(op.entry);
        this.records.update(op.entry, op.recordKey, op.before, op.after);
        return NOTHING;
      case "delete":
        this.#touch(op.entry);
        this.records.remove(op.entry, op.recordKey, op.before);
        return NOTHING;
      case "catalog":
        op.apply(this.stores);
        return NOTHING;
      case "note":
        return NOTHING;
    }
  }

  #touch(entry: CollectionEntry): void {
    if (!this.#touched.has(entry)) this.#touched.set(entry, stateOf(entry));
  }

  /** A capped collection drops its oldest documents; each removal is logged, as servers do since 5.0. */
  #trimCapped(entry: CollectionEntry): DeleteOp[] {
    const { size, max } = entry.capped!;
    const removed: DeleteOp[] = [];
    while (entry.count > 1 && (entry.bytes > size || (max !== null && max > 0 && entry.count > max))) {
      const [oldest] = this.stores.documents.getRange({
        start: prefixed(entry.ident, Buffer.alloc(0)),
        end: afterIdent(entry.ident),
        limit: 1,
      });
      if (!oldest) break;
      const recordKey = oldest.key.subarray(4);
      this.records.remove(entry, recordKey, oldest.value);
      removed.push({ kind: "delete", entry, recordKey, before: oldest.value });
    }
    return removed;
  }

  #log(time: ClusterTime, entry: Buffer): void {
    this.stores.oplog.putSync(timeKey(time), entry);
    this.oplogBytes += entry.length;
  }

  #finish(): void {
    for (const [entry, state] of this.#touched) {
      this.stores.meta.putSync(talliesKey(entry.ident), encodeTallies(entry));
      if (flagsChanged(entry, state)) this.stores.catalog.putSync(Buffer.from(entry.namespace), encodeEntry(entry));
    }
    this.#trimOplog();
    this.stores.meta.putSync(TIME_KEY, timeKey(this.lastTime));
    this.stores.meta.putSync(OPLOG_BYTES_KEY, timeKey(BigInt(this.oplogBytes)));
  }

  #trimOplog(): void {
    if (this.oplogBytes <= this.oplogBytesMax) return;
    const old: Buffer[] = [];
    let bytes = this.oplogBytes;
    for (const { key, value } of this.stores.oplog.getRange({ start: Buffer.from([0]), limit: TRIM_MAX })) {
      if (bytes <= this.oplogBytesMax) break;
      old.push(key);
      bytes -= value.length;
    }
    for (const key of old) this.stores.oplog.removeSync(key);
    this.oplogBytes = bytes;
  }
}

function hasStatement(op: WriteOp): boolean {
  return "statement" in op && op.statement !== undefined;
}

/** Nothing of the database `local` is replicated. */
function isLocal(op: WriteOp): boolean {
  return "entry" in op ? op.entry.db === "local" : op.kind === "catalog" && op.db === "local";
}
