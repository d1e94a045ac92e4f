import { assertNotAborted, abortError } from "../source/abort";

const LIMIT_START = 4;
/** With batches of 3 MiB this is what may be in flight; more than a server's own queue is of no use. */
const LIMIT_MAX = 10;
/** A server whose answers take longer has too much to do, whatever its throughput. */
const SLOW_MS = 3000;
const CHANGE = 0.05;

/**
 * How many insert batches a server gets at once, over all collections, found out from its answers: more while that
 * raises the throughput, fewer where fewer do as well, half as many when answers become slow.
 */
export class InsertPace {
  #limit = LIMIT_START;
  #running = 0;
  #step = 1;
  #lastRate = 0;
  #window = { startedAt: 0, batches: 0, bytes: 0, milliseconds: 0 };
  readonly #waiting: Array<() => void> = [];

  constructor(private readonly now: () => number = () => performance.now()) {
    this.#window.startedAt = now();
  }

  get limit(): number {
    return this.#limit;
  }

  /** Runs one insert when it is its turn. Throws the signal's reason without running it. */
  async run(bytes: number, signal: AbortSignal, insert: () => Promise<void>): Promise<void> {
    await this.#enter(signal);
    const startedAt = this.now();
    try {
      await insert();
      this.#observe(bytes, this.now() - startedAt);
    } finally {
      this.#running -= 1;
      this.#wake();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    assertNotAborted(signal);
    if (this.#running < this.#limit && this.#waiting.length === 0) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const pass = (): void => {
        signal.removeEventListener("abort", onAbort);
        this.#running += 1;
        resolve();
      };
      const onAbort = (): void => {
        const at = this.#waiting.indexOf(pass);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(abortError(signal));
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(pass);
    });
  }

  #wake(): void {
    while (this.#running < this.#limit && this.#waiting.length > 0) this.#waiting.shift()!();
  }

  #observe(bytes: number, milliseconds: number): void {
    const window = this.#window;
    window.batches += 1;
    window.bytes += bytes;
    window.milliseconds += milliseconds;
    if (window.batches < 2 * this.#limit) return;
    const rate = window.bytes / Math.max(1, this.now() - window.startedAt);
    this.#adjust(rate, window.milliseconds / window.batches);
    this.#lastRate = rate;
    this.#window = { startedAt: this.now(), batches: 0, bytes: 0, milliseconds: 0 };
  }

  #adjust(rate: number, averageMs: number): void {
    if (averageMs > SLOW_MS) {
      this.#step = 1;
      this.#limit = Math.max(1, this.#limit >> 1);
      return;
    }
    if (rate < this.#lastRate * (1 - CHANGE)) this.#step = -this.#step;
    else if (rate <= this.#lastRate * (1 + CHANGE)) this.#step = -1;
    this.#limit = Math.min(LIMIT_MAX, Math.max(1, this.#limit + this.#step));
  }
}
