import { Long } from "bson";
import { randomBytes } from "node:crypto";
import type { Clock } from "@/server/platform/clock";
import { commandError } from "../command-error";

export const BATCH_BYTES_MAX = 16 * 1024 * 1024;
const IDLE_MS = 600_000;

/** Documents of a result, in chunks; whoever takes the last one or gives up calls `close`. */
export interface Producer {
  next(): Promise<Buffer[] | null>;
  close(): void;
}

export interface CursorOptions {
  namespace: string;
  producer: Producer;
  /** Who opened it; others may not read on. */
  user: string;
  sessionKey: string | null;
  noTimeout: boolean;
  /** A tailable cursor stays open at its end. `changed` resolves when there may be more. */
  tail?: { awaitData: boolean; changed(timeoutMs: number): Promise<void> };
  /** Fields put into each reply's cursor document, beside batch, id and namespace. */
  replyFields?: () => Record<string, unknown>;
  /** The command that opened it, for currentOp and kills. */
  transactionNumber?: bigint | undefined;
}

/** A result that is read batch by batch. */
export class Cursor {
  id = 0n;
  usedAt = 0;
  busy = false;
  killed = false;
  #buffered: Buffer[] = [];
  #position = 0;
  #ended = false;

  constructor(readonly options: CursorOptions) {}

  /**
   * Up to `batchSize` documents and 16 MB, at least one where there is one. A tailable cursor answers what there is.
   */
  async nextBatch(batchSize: number): Promise<Buffer[]> {
    const batch: Buffer[] = [];
    let bytes = 0;
    while (batch.length < batchSize) {
      const doc = this.#buffered[this.#position] ?? (await this.#refill());
      if (!doc) break;
      if (batch.length > 0 && bytes + doc.length > BATCH_BYTES_MAX) break;
      this.#position += 1;
      batch.push(doc);
      bytes += doc.length;
    }
    return batch;
  }

  async #refill(): Promise<Buffer | undefined> {
    while (!this.#ended && !this.killed) {
      const chunk = await this.options.producer.next();
      if (chunk === null) {
        this.#ended = !this.options.tail;
        this.#buffered = [];
        this.#position = 0;
        return undefined;
      }
      if (chunk.length === 0) continue;
      this.#buffered = chunk;
      this.#position = 0;
      return chunk[0];
    }
    return undefined;
  }

  /** True when everything was handed out and no more can come. */
  get exhausted(): boolean {
    return this.#ended && this.#position >= this.#buffered.length;
  }

  /** Finds out whether anything is left, so that a result which fits its first batch has no cursor. */
  async peek(): Promise<boolean> {
    if (this.#position < this.#buffered.length) return true;
    return (await this.#refill()) !== undefined;
  }

  close(): void {
    this.killed = true;
    this.options.producer.close();
  }
}

/** All open cursors. */
export class Cursors {
  readonly #open = new Map<bigint, Cursor>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly clock: Clock) {
    this.#timer = setInterval(() => this.#expire(), 10_000).unref();
  }

  get count(): number {
    return this.#open.size;
  }

  list(): Cursor[] {
    return [...this.#open.values()];
  }

  register(cursor: Cursor): void {
    do cursor.id = randomBytes(8).readBigInt64BE(0) & 0x7fffffffffffffffn;
    while (cursor.id === 0n || this.#open.has(cursor.id));
    cursor.usedAt = this.clock.now().getTime();
    this.#open.set(cursor.id, cursor);
  }

  /** The cursor for a getMore: 43 when gone, 13 when it is somebody else's, 143 when another getMore runs. */
  take(id: bigint, user: string, sessionKey: string | null): Cursor {
    const cursor = this.#open.get(id);
    if (!cursor) throw commandError(43, `cursor id ${id} not found`);
    if (cursor.options.user !== user)
      throw commandError(13, `cursor id ${id} was not created by the authenticated user`);
    if (cursor.options.sessionKey !== sessionKey && cursor.options.sessionKey !== null) {
      throw commandError(13, `Cannot run getMore on cursor ${id}, which was created in another session`);
    }
    if (cursor.busy) throw commandError(143, `cursor id ${id} is already in use`);
    cursor.usedAt = this.clock.now().getTime();
    return cursor;
  }

  find(id: bigint): Cursor | undefined {
    return this.#open.get(id);
  }

  /** Closes and forgets; true when there was such a cursor. */
  kill(id: bigint): boolean {
    const cursor = this.#open.get(id);
    if (!cursor) return false;
    this.#open.delete(id);
    cursor.close();
    return true;
  }

  /** Cursors of sessions that ended, of collections that went. */
  killWhere(test: (cursor: Cursor) => boolean): void {
    for (const [id, cursor] of this.#open) if (test(cursor)) this.kill(id);
  }

  #expire(): void {
    const limit = this.clock.now().getTime() - IDLE_MS;
    this.killWhere((cursor) => !cursor.options.noTimeout && !cursor.busy && cursor.usedAt < limit);
  }

  close(): void {
    clearInterval(this.#timer);
    this.killWhere(() => true);
  }
}

export function cursorIdOf(value: unknown): bigint {
  if (value instanceof Long) return value.toBigInt();
  throw commandError(14, "BSON field 'getMore' is the wrong type, expected type 'long'");
}
