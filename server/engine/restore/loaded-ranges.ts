/** A range is read back once so much of it is loaded. */
const RANGE_BYTES = 16 * 1024 * 1024;

/**
 * Which part of a collection is loaded from its beginning without a hole, while batches in key order finish in any order. Iterating
 * gives the first document of each next range as soon as all before it is loaded, and ends when everything is.
 */
export class LoadedRanges implements AsyncIterable<Buffer> {
  /** Batches that were begun: how many are not finished before each possible end of a range. */
  readonly #ends: Array<{ document: Buffer; missing: number; from: number }> = [];
  #begun = 0;
  readonly #unfinished = new Set<number>();
  #sinceEnd = 0;
  #isWhole = false;
  #changed: () => void = () => undefined;
  #change = new Promise<void>((resolve) => (this.#changed = resolve));

  constructor(private readonly rangeBytes = RANGE_BYTES) {}

  /** A batch that begins with this document is about to be written; the result is called when it is. */
  begin(first: Buffer, bytes: number): () => void {
    if (this.#sinceEnd >= this.rangeBytes) {
      this.#ends.push({ document: Buffer.from(first), missing: this.#unfinished.size, from: this.#begun });
      this.#sinceEnd = 0;
    }
    this.#sinceEnd += bytes;
    const number = this.#begun++;
    this.#unfinished.add(number);
    return () => {
      this.#unfinished.delete(number);
      for (const end of this.#ends) if (number < end.from) end.missing -= 1;
      this.#tell();
    };
  }

  /** Everything is loaded, or nothing more will be: iterating comes to its end. */
  finish(): void {
    this.#isWhole = true;
    this.#tell();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const next = this.#ends[0];
      if (next?.missing === 0) {
        this.#ends.shift();
        yield next.document;
      } else if (this.#isWhole) return;
      else await this.#change;
    }
  }

  #tell(): void {
    this.#changed();
    this.#change = new Promise((resolve) => (this.#changed = resolve));
  }
}
