import type { Clock } from "@/server/platform/clock";
import { commandError } from "../command-error";
import {
  applyTallies,
  decodeEntry,
  encodeEntry,
  encodeTallies,
  type CollectionEntry,
  type IndexEntry,
} from "./catalog-entry";
import { Committer } from "./committer";
import { IndexBuild } from "./index-build-state";
import { IndexBuilds } from "./index-builds";
import { COMMIT_WITHOUT_SYNC, Flusher, openStores, type Stores } from "./lmdb/environment";
import { Pins } from "./pins";
import { ReadView, talliesKey } from "./read-view";
import { Reclaimer } from "./reclaimer";
import { isMaintained } from "./record-writer";
import type { ClusterTime } from "./timestamp";
import type { CommitOptions, CommitResult, WriteOp } from "./write-op";

export interface ClusterStoreOptions {
  dir: string;
  clock: Clock;
  /** The oplog is trimmed at its old end beyond this size. */
  oplogBytesMax: number;
  /** One step of an index build holds up everybody else for about this long, its commit aside. */
  indexBuildStepMs: number;
}

/**
 * The data of one cluster. Every change goes through `commit`, every read through a ReadView; the catalogue in memory
 * is the newest committed one.
 */
export class ClusterStore {
  readonly stores: Stores;
  readonly pins: Pins;
  readonly builds = new IndexBuilds();
  readonly #collections = new Map<string, CollectionEntry>();
  readonly #flusher: Flusher;
  readonly #committer: Committer;
  readonly #reclaimer: Reclaimer;
  #closed = false;
  /** Told of everything that was written. */
  onCommit: (ops: readonly WriteOp[]) => void = () => undefined;

  private constructor(private readonly options: ClusterStoreOptions) {
    this.stores = openStores(options.dir);
    this.#flusher = new Flusher(this.stores.env);
    this.#load();
    this.#committer = new Committer(
      this.stores,
      options.clock,
      options.oplogBytesMax,
      (entry) => this.#current(entry),
      this.builds,
    );
    this.pins = new Pins(this.stores, this.#collections, () => this.lastTime, options.clock);
    this.#reclaimer = new Reclaimer(this.stores);
    this.#reclaimer.start();
  }

  static open(options: ClusterStoreOptions): ClusterStore {
    return new ClusterStore(options);
  }

  #load(): void {
    for (const { key, value } of this.stores.catalog.getRange({})) {
      const namespace = key.toString("utf8");
      const entry = decodeEntry(namespace, value);
      applyTallies(entry, this.stores.meta.get(talliesKey(entry.ident)));
      this.#collections.set(namespace, entry);
    }
  }

  get indexBuildStepMs(): number {
    return this.options.indexBuildStepMs;
  }

  get clock(): Clock {
    return this.options.clock;
  }

  /** The time of the newest commit. */
  get lastTime(): ClusterTime {
    return this.#committer.lastTime;
  }

  get oplogBytes(): number {
    return this.#committer.oplogBytes;
  }

  collection(namespace: string): CollectionEntry | undefined {
    return this.#collections.get(namespace);
  }

  #current(entry: CollectionEntry): CollectionEntry {
    const named = this.#collections.get(entry.namespace);
    if (named?.ident === entry.ident) return named;
    const current = this.collectionByUuid(entry.uuid);
    if (!current) throw commandError(175, `collection dropped. UUID ${entry.uuid.toString("hex")}`);
    return current;
  }

  collectionByUuid(uuid: Buffer): CollectionEntry | undefined {
    for (const entry of this.#collections.values()) if (entry.uuid.equals(uuid)) return entry;
    return undefined;
  }

  collections(): IterableIterator<CollectionEntry> {
    return this.#collections.values();
  }

  /** Reads the newest state, again with each call. */
  latest(): ReadView {
    return new ReadView(this.stores, this.#collections, null, this.lastTime);
  }

  /** As `latest`, for a read that goes on with a collection: QueryPlanKilled (175) when it was dropped meanwhile. */
  latestOf(entry: CollectionEntry): ReadView {
    this.#current(entry);
    return this.latest();
  }

  /** Does all of it or, as `onError` says, what can be done; see CommitOptions. Synchronous: nothing comes between. */
  commit(ops: readonly WriteOp[], options: CommitOptions): CommitResult {
    const result = this.#committer.commit(ops, options);
    this.onCommit(ops);
    return result;
  }

  /** Resolves when everything committed so far survives the death of the machine. */
  flushed(): Promise<void> {
    return this.#closed ? Promise.resolve() : this.#flusher.flushed();
  }

  /** Puts an entry in place of what the name meant in memory; for `published` of catalogue operations. */
  publish(entry: CollectionEntry): void {
    this.#collections.set(entry.namespace, entry);
  }

  unpublish(namespace: string): void {
    this.#collections.delete(namespace);
  }

  /** For `apply` of catalogue operations: writes an entry inside the running transaction. */
  putEntry(entry: CollectionEntry): void {
    this.stores.catalog.putSync(Buffer.from(entry.namespace), encodeEntry(entry));
    this.stores.meta.putSync(talliesKey(entry.ident), encodeTallies(entry));
  }

  removeEntry(namespace: string): void {
    this.stores.catalog.removeSync(Buffer.from(namespace));
  }

  /** A number that no collection or index had before; inside the running transaction. */
  takeIdent(): number {
    return this.#committer.takeIdent();
  }

  /** Gives the space of an ident back, after the transaction, bit by bit. */
  dropIdent(store: "documents" | "indexes", ident: number): void {
    this.#reclaimer.add(store, ident);
  }

  /** Starts the build of an index under an ident of its own; see buildIndex. */
  beginBuild(entry: CollectionEntry, indexOf: (ident: number) => IndexEntry): IndexBuild {
    const ident = this.buildStep(() => {
      const taken = this.takeIdent();
      this.#reclaimer.beginBuild(taken);
      return taken;
    });
    const index = indexOf(ident);
    const { entryWriter } = this.#committer.records;
    const build = new IndexBuild(entry.uuid, entry.ident, index, isMaintained(index), entryWriter);
    this.builds.begin(build);
    return build;
  }

  /** Runs a piece of a build as a transaction of its own: it changes nothing that anybody sees. */
  buildStep<T>(run: () => T): T {
    if (this.#closed) throw commandError(11600, "interrupted at shutdown");
    return this.stores.env.transactionSync(run, COMMIT_WITHOUT_SYNC);
  }

  /** For `apply`: the index is now in the catalogue. */
  keepBuilt(ident: number): void {
    this.#reclaimer.keepBuilt(ident);
  }

  abandonBuild(build: IndexBuild): void {
    if (this.#closed) return;
    this.buildStep(() => this.#reclaimer.abandonBuild(build.index.ident));
    this.reclaim();
  }

  reclaim(): void {
    this.#reclaimer.wake();
  }

  /** The stored result of a session's newest retryable write. */
  readSession(id: Buffer): Buffer | undefined {
    return this.stores.sessions.get(id);
  }

  /** A small persistent setting. */
  readMeta(name: string): Buffer | undefined {
    return this.stores.meta.get(Buffer.from(name));
  }

  writeMeta(name: string, value: Buffer): void {
    this.stores.meta.putSync(Buffer.from(name), value);
  }

  /** The length of the file. */
  fileBytes(): number {
    const stats = this.stores.documents.getStats() as { lastPageNumber: number; pageSize: number };
    return (stats.lastPageNumber + 1) * stats.pageSize;
  }

  /** Waits for the disk and closes the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#flusher.flushed();
    this.#closed = true;
    await this.#reclaimer.stop();
    this.pins.close();
    await this.stores.env.close();
  }
}
