import { setImmediate as nextTurn } from "node:timers/promises";
import { toNumber } from "../protocol/decode";
import { planFor } from "../commands/collection-source";
import { RecordReader } from "../commands/record-reader";
import { encodeDocument } from "../protocol/encode";
import { compileFilter, compileIndex } from "../query";
import type { CollectionEntry, IndexEntry } from "../storage/catalog-entry";
import { isMaintained } from "../storage/record-writer";
import type { DeleteOp } from "../storage/write-op";
import type { ServerInstance } from "./instance";

const BATCH = 500;

/** Deletes what TTL indexes say is over; rests while user writes are blocked, so that a restore finds its data. */
export class TtlMonitor {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly server: ServerInstance) {}

  start(): void {
    const seconds = toNumber(this.server.parameters.get("ttlMonitorSleepSecs")) ?? 60;
    this.#timer = setTimeout(() => {
      this.#running = this.pass()
        .catch((error: unknown) => console.error("wire: the TTL monitor failed", error))
        .finally(() => {
          if (!this.#stopped) this.start();
        });
    }, seconds * 1000).unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  /** One look at every TTL index. */
  async pass(): Promise<void> {
    for (const entry of [...this.server.store.collections()]) {
      for (const index of entry.indexes) {
        if (index.expireAfterSeconds !== null && isMaintained(index)) await this.#expire(entry, index);
      }
    }
  }

  get #mayDelete(): boolean {
    return (
      !this.#stopped && !this.server.writeBlock.active && this.server.parameters.get("ttlMonitorEnabled") !== false
    );
  }

  async #expire(entry: CollectionEntry, index: IndexEntry): Promise<void> {
    while (this.#mayDelete) {
      await nextTurn();
      const ops = this.#expired(entry, index);
      if (ops.length === 0) return;
      this.server.store.commit(ops, { onError: "continue" });
    }
  }

  /** Documents with a date older than the index allows; the filter takes nothing but dates. */
  #expired(entry: CollectionEntry, index: IndexEntry): DeleteOp[] {
    const { store, locks, clock } = this.server;
    if (store.collection(entry.namespace)?.ident !== entry.ident) return [];
    const limit = clock.now().getTime() - index.expireAfterSeconds! * 1000;
    const field = compileIndex(index.query).fields[0]!;
    const filter = encodeDocument({ [field.path]: { $lte: new Date(limit) } });
    const plan = planFor(entry, { filter, hint: index.name });
    const reader = new RecordReader(() => store.latest(), entry, plan, compileFilter(filter));
    const ops: DeleteOp[] = [];
    for (let records = reader.next(BATCH); records !== null && ops.length < BATCH; records = reader.next(BATCH)) {
      for (const { recordKey, doc } of records) {
        if (!locks.owner(entry, recordKey)) ops.push({ kind: "delete", entry, recordKey, before: doc });
      }
    }
    return ops;
  }
}
