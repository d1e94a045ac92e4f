import { setImmediate as nextTurn } from "node:timers/promises";
import { Timestamp } from "bson";
import { decodeDocument, isDocument } from "../protocol/decode";
import { compileFilter, compileSort, SortBuffer, type KeyRange } from "../query";
import type { CommandContext } from "../runtime/context";
import type { Producer } from "../runtime/cursors";
import { afterKey, WHOLE_OPLOG } from "../storage/read-view";
import { fromTimestamp, timeKey } from "../storage/timestamp";
import { filterOptions, type QueryRequest } from "./collection-source";

const OPLOG = "local.oplog.rs";
const EXAMINED_MAX = 2000;

export function isOplog(namespace: string): boolean {
  return namespace === OPLOG;
}

/** A condition on `ts` is a place in the oplog; everything else is asked of each entry. */
function rangeOf(filter: Buffer): KeyRange {
  let { from, to } = WHOLE_OPLOG;
  const condition = decodeDocument(filter).ts;
  const bounds = condition instanceof Timestamp ? { $eq: condition } : isDocument(condition) ? condition : {};
  for (const [operator, value] of Object.entries(bounds)) {
    if (!(value instanceof Timestamp)) continue;
    const time = fromTimestamp(value);
    if (operator === "$gte" || operator === "$eq") from = later(from, timeKey(time));
    if (operator === "$gt") from = later(from, timeKey(time + 1n));
    if (operator === "$lte" || operator === "$eq") to = earlier(to, timeKey(time + 1n));
    if (operator === "$lt") to = earlier(to, timeKey(time));
  }
  return { from, to };
}

function later(a: Buffer, b: Buffer): Buffer {
  return a.compare(b) >= 0 ? a : b;
}

function earlier(a: Buffer, b: Buffer): Buffer {
  return a.compare(b) <= 0 ? a : b;
}

/** `local.oplog.rs` in the order of time, or against it; may be followed. */
export class OplogProducer implements Producer {
  #range: KeyRange;
  readonly #reverse: boolean;
  readonly #matches: (doc: Buffer) => boolean;
  #skip: number;
  #left: number;
  readonly #sort;

  constructor(
    private readonly ctx: CommandContext,
    private readonly request: QueryRequest,
  ) {
    this.#range = rangeOf(request.filter);
    this.#matches = compileFilter(request.filter, filterOptions(request));
    this.#sort = compileSort(request.sort ?? null);
    this.#reverse = this.#sort.natural === -1 || this.#isTimeSort(-1) || this.#hintsBackwards();
    this.#skip = request.skip ?? 0;
    this.#left = request.limit ? request.limit : Infinity;
  }

  #isTimeSort(direction: 1 | -1): boolean {
    const [field] = this.#sort.fields;
    return this.#sort.fields.length === 1 && field!.path === "ts" && field!.descending === direction < 0;
  }

  #hintsBackwards(): boolean {
    const { hint } = this.request;
    return Buffer.isBuffer(hint) && String(decodeDocument(hint).$natural) === "-1";
  }

  async next(): Promise<Buffer[] | null> {
    if (this.#sort.fields.length > 0 && !this.#isTimeSort(1) && !this.#isTimeSort(-1)) return this.#sorted();
    for (;;) {
      this.ctx.throwIfKilled();
      const docs = this.#chunk();
      if (docs === null) return null;
      if (docs.length > 0) return docs;
      await nextTurn();
    }
  }

  /** Null at the end; a later call goes on with what came since. */
  #chunk(): Buffer[] | null {
    if (this.#left <= 0) return null;
    const found: Buffer[] = [];
    let examined = 0;
    const range = this.#range;
    for (const { recordKey, doc } of this.ctx.server.store.latest().oplog(range, this.#reverse)) {
      this.#range = afterKey(range, recordKey, this.#reverse);
      examined += 1;
      if (this.#matches(doc)) {
        if (this.#skip > 0) this.#skip -= 1;
        else {
          found.push(doc);
          this.#left -= 1;
        }
      }
      if (examined >= EXAMINED_MAX || this.#left <= 0) return found;
    }
    return found.length > 0 ? found : null;
  }

  async #sorted(): Promise<Buffer[] | null> {
    const buffer = new SortBuffer(this.#sort, this.#skip + this.#left);
    const skip = this.#skip;
    const limit = this.#left;
    this.#skip = 0;
    this.#left = Infinity;
    for (let docs = this.#chunk(); docs !== null; docs = this.#chunk()) {
      for (const doc of docs) buffer.add(doc);
      await nextTurn();
    }
    this.#left = 0;
    const docs = buffer.finish().slice(skip, skip + limit);
    return docs.length > 0 ? docs : null;
  }

  close(): void {
    this.#left = 0;
  }
}
