import { mkdirSync } from "node:fs";
import { open, type Database, type DatabaseOptions, type RootDatabase, type TransactionFlags } from "lmdb";

export type Store = Database<Buffer, Buffer>;

/**
 * The six stores of one cluster, all in one LMDB file, so that one transaction covers them:
 * documents  ident + record key      -> the document's bytes
 * indexes    ident + key + record    -> record key
 * oplog      timestamp               -> the entry
 * catalog    namespace               -> collection entry
 * sessions   session id              -> stored results of its last retryable write
 * meta       name                    -> counters, settings
 */
export interface Stores {
  env: RootDatabase<Buffer, Buffer>;
  documents: Store;
  indexes: Store;
  oplog: Store;
  catalog: Store;
  sessions: Store;
  meta: Store;
}

/** Address space, not disk: the file grows with its content. */
const MAP_BYTES = 256 * 1024 ** 3;
/** Two documents of 4 KB fit a page; also raises LMDB's longest key above what is used here. */
const PAGE_BYTES = 8192;
const READERS_MAX = 1024;

/**
 * Keys are bytes. Read ones come out of Node's pool of small buffers: the binary encoding of lmdb-js gives each a memory of its
 * own, which costs more than reading the record.
 */
const keyEncoder = {
  writeKey(key: Buffer, target: Buffer, start: number): number {
    target.set(key, start);
    return start + key.length;
  },
  readKey(source: Buffer, start: number, end: number): Buffer {
    const key = Buffer.allocUnsafe(end - start);
    source.copy(key, 0, start, end);
    return key;
  },
};

/** Opens or creates the file under `dir`. Whoever opens closes `env`. */
export function openStores(dir: string): Stores {
  mkdirSync(dir, { recursive: true });
  const env = open<Buffer, Buffer>({
    path: dir,
    mapSize: MAP_BYTES,
    pageSize: PAGE_BYTES,
    maxReaders: READERS_MAX,
    maxDbs: 12,
    noMemInit: true,
    encoding: "binary",
    keyEncoding: "binary",
  });
  // lmdb-js documents `keyEncoder`; its types of openDB lack it.
  const options: DatabaseOptions & { keyEncoder: typeof keyEncoder } = { encoding: "binary", keyEncoder };
  const store = (name: string): Store => env.openDB<Buffer, Buffer>({ ...options, name });
  return {
    env,
    documents: store("documents"),
    indexes: store("indexes"),
    oplog: store("oplog"),
    catalog: store("catalog"),
    sessions: store("sessions"),
    meta: store("meta"),
  };
}

/**
 * Commit without waiting for the disk (lmdb-js: 2 = flush later, 0x10000 = MDB_NOSYNC). Safe against the death of the
 * process; `Flusher` makes it safe against the death of the machine.
 */
export const COMMIT_WITHOUT_SYNC = 0x10002 as TransactionFlags;

/** Group commit: everybody who asks while one sync runs shares the next one. */
export class Flusher {
  #running = false;
  #waiting: Array<{ resolve: () => void; reject: (error: Error) => void }> = [];

  constructor(private readonly env: RootDatabase<Buffer, Buffer>) {}

  /** Resolves when everything committed before the call is on disk. */
  flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#start();
    });
  }

  #start(): void {
    if (this.#running || this.#waiting.length === 0) return;
    this.#running = true;
    const batch = this.#waiting;
    this.#waiting = [];
    // lmdb-js has sync(callback) on every store, missing from its typings.
    (this.env as unknown as { sync(callback: (error?: Error) => void): void }).sync((error) => {
      this.#running = false;
      for (const waiter of batch) {
        if (error instanceof Error) waiter.reject(error);
        else waiter.resolve();
      }
      this.#start();
    });
  }
}
