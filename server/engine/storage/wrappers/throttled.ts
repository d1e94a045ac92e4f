import { setTimeout as sleep } from "node:timers/promises";
import { contentPieces, type ByteRange, type ObjectContent, type ObjectStore, type PutOptions } from "../storage";
import { WrappedStore } from "./wrapped";

/** Bytes that are asked for at once. Callers take turns, so nobody waits longer than one slice of each of the others. */
export const SLICE_BYTES = 64 * 1024;
/** What may pass at once after a pause, in milliseconds of the rate; at least one slice. */
const BURST_MS = 250;

export interface ThrottleTime {
  /** Milliseconds from any origin, never going back. */
  readonly now: () => number;
  readonly wait: (delayMs: number) => Promise<void>;
}

const REAL_TIME: ThrottleTime = { now: () => performance.now(), wait: (delayMs) => sleep(delayMs) };

/**
 * Lets so many bytes through a second: a bucket that fills at the rate and holds a quarter of a second's worth. Callers are
 * served in the order in which they asked; who asks for slice after slice comes behind everybody who waits.
 */
export class ByteRate {
  readonly #bytesPerMs: number;
  readonly #burstBytes: number;
  readonly #time: ThrottleTime;
  #available: number;
  #filledAt: number;
  #turn: Promise<void> = Promise.resolve();

  constructor(bytesPerSecondMax: number, time: ThrottleTime = REAL_TIME) {
    this.#bytesPerMs = bytesPerSecondMax / 1000;
    this.#burstBytes = Math.max(SLICE_BYTES, this.#bytesPerMs * BURST_MS);
    this.#time = time;
    this.#available = this.#burstBytes;
    this.#filledAt = time.now();
  }

  /** Resolves when `bytes` (at most one slice) may pass. */
  take(bytes: number): Promise<void> {
    const mine = this.#turn.then(() => this.#waitFor(bytes));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #waitFor(bytes: number): Promise<void> {
    for (;;) {
      const now = this.#time.now();
      this.#available = Math.min(this.#burstBytes, this.#available + (now - this.#filledAt) * this.#bytesPerMs);
      this.#filledAt = now;
      if (this.#available >= bytes) break;
      await this.#time.wait(Math.max(1, Math.ceil((bytes - this.#available) / this.#bytesPerMs)));
    }
    this.#available -= bytes;
  }
}

/**
 * Lets content through at most `bytesPerSecondMax`, up and down each for itself, shared fairly by all callers of this
 * store. Only content counts, not names, headers or lists.
 */
export class ThrottledStore extends WrappedStore {
  readonly #up: ByteRate;
  readonly #down: ByteRate;

  constructor(inner: ObjectStore, bytesPerSecondMax: number, time?: ThrottleTime) {
    super(inner);
    this.#up = new ByteRate(bytesPerSecondMax, time);
    this.#down = new ByteRate(bytesPerSecondMax, time);
  }

  override put(name: string, content: ObjectContent, options?: PutOptions): Promise<void> {
    // An object that starts anew each time: the content stays as replayable as it was.
    const paced = { [Symbol.asyncIterator]: () => pace(contentPieces(content), this.#up) };
    return this.inner.put(name, paced, options);
  }

  override async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
    yield* pace(this.inner.get(name, range), this.#down);
  }
}

async function* pace(pieces: AsyncIterable<Buffer>, rate: ByteRate): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += SLICE_BYTES) {
      const slice = piece.subarray(at, at + SLICE_BYTES);
      await rate.take(slice.length);
      yield slice;
    }
  }
}
