import { setImmediate as nextTurn } from "node:timers/promises";
import { COMMIT_WITHOUT_SYNC, type Stores } from "./lmdb/environment";
import { afterIdent, prefixed } from "./lmdb/record-key";

const BATCH = 500;
const PREFIX = "drop:";
/** An index whose build a restart interrupted is dropped like any other. */
const BUILD_PREFIX = "build:";
const MARK = Buffer.from([1]);

/**
 * Gives back the space of dropped collections and indexes. A drop only leaves a mark, in its own transaction; the
 * entries behind it go in small transactions afterwards, and a restart goes on where it stopped.
 */
export class Reclaimer {
  #running: Promise<void> | null = null;
  #stopped = false;
  #again = false;

  constructor(private readonly stores: Stores) {}

  start(): void {
    const range = { start: Buffer.from(BUILD_PREFIX), end: Buffer.from("build;") };
    const left = [...this.stores.meta.getKeys(range)].map((key) => Number(key.toString().slice(BUILD_PREFIX.length)));
    if (left.length > 0) this.stores.env.transactionSync(() => left.forEach((ident) => this.abandonBuild(ident)));
    this.wake();
  }

  /** Inside the transaction that drops. */
  add(store: "documents" | "indexes", ident: number): void {
    this.stores.meta.putSync(Buffer.from(`${PREFIX}${store}:${ident}`), MARK);
  }

  /** Inside a transaction: an index is being built under this ident, and is nothing until `keepBuilt`. */
  beginBuild(ident: number): void {
    this.stores.meta.putSync(Buffer.from(`${BUILD_PREFIX}${ident}`), MARK);
  }

  keepBuilt(ident: number): void {
    this.stores.meta.removeSync(Buffer.from(`${BUILD_PREFIX}${ident}`));
  }

  abandonBuild(ident: number): void {
    this.keepBuilt(ident);
    this.add("indexes", ident);
  }

  wake(): void {
    this.#again = true;
    if (this.#stopped || this.#running) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      const start = Buffer.from(PREFIX);
      const marks = [...this.stores.meta.getKeys({ start, end: Buffer.from("drop;") })].map((key) => key.toString());
      for (const mark of marks) await this.#empty(mark);
    }
  }

  async #empty(mark: string): Promise<void> {
    const [, store, ident] = mark.split(":") as [string, "documents" | "indexes", string];
    const range = { start: prefixed(Number(ident), Buffer.alloc(0)), end: afterIdent(Number(ident)), limit: BATCH };
    while (!this.#stopped) {
      await nextTurn();
      const keys = [...this.stores[store].getKeys(range)];
      this.stores.env.transactionSync(() => {
        for (const key of keys) this.stores[store].removeSync(key);
        if (keys.length === 0) this.stores.meta.removeSync(Buffer.from(mark));
      }, COMMIT_WITHOUT_SYNC);
      if (keys.length === 0) return;
    }
  }
}
