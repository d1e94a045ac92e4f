import { abortError, assertNotAborted } from "./abort";

/**
 * Bounds the bytes that are between a server and us. Whoever wants to hold bytes takes them first and waits while too
 * many are out; a taker that wants more than the whole budget gets it when nobody else holds any.
 */
export class ByteBudget {
  #held = 0;
  #peak = 0;
  readonly #waiting: Array<{ bytes: number; wake: () => void }> = [];

  constructor(readonly limitBytes: number) {}

  /** The most bytes that were out at once. */
  get peakBytes(): number {
    return this.#peak;
  }

  async take(bytes: number, signal: AbortSignal): Promise<void> {
    assertNotAborted(signal);
    if (this.#waiting.length === 0 && this.#fits(bytes)) return this.#hold(bytes);
    await new Promise<void>((resolve, reject) => {
      const entry = {
        bytes,
        wake: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = (): void => {
        const at = this.#waiting.indexOf(entry);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(abortError(signal));
        this.#wake();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(entry);
    });
  }

  release(bytes: number): void {
    this.#held -= bytes;
    this.#wake();
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.limitBytes;
  }

  #hold(bytes: number): void {
    this.#held += bytes;
    this.#peak = Math.max(this.#peak, this.#held);
  }

  #wake(): void {
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.bytes)) {
      const entry = this.#waiting.shift()!;
      this.#hold(entry.bytes);
      entry.wake();
    }
  }
}
