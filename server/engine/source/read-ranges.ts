import type { DocumentEntry } from "../tree";
import type { IdBounds } from "./collection-reader";

/** Ranges of one collection that are open on the server at a time, the one in use included. */
export const RANGES_AT_ONCE = 4;
/** What a range that is not in use yet may hold. */
const AHEAD_BYTES = 16 * 1024 * 1024;

/**
 * The documents of consecutive ranges one after another, while the next ranges are being read already. `ends` are the
 * `_id`s at which a range ends and the next begins, ascending; a range is opened when its end is known, so that a caller can hold it
 * back. Order does not depend on timing. What one range throws is thrown when its turn comes.
 */
export async function* readRanges(
  ends: AsyncIterable<unknown> | Iterable<unknown>,
  open: (bounds: IdBounds) => AsyncGenerator<DocumentEntry[]>,
): AsyncGenerator<DocumentEntry[]> {
  const source = Symbol.asyncIterator in ends ? ends[Symbol.asyncIterator]() : ends[Symbol.iterator]();
  const ranges: Ahead[] = [];
  let pendingEnd: Promise<void> | null = null;
  let isLastOpen = false;
  let failure: { error: unknown } | null = null;
  let from: IdBounds = {};
  const openNext = async (): Promise<void> => {
    const end = await source.next();
    const max: IdBounds = end.done ? {} : { max: end.value };
    ranges.push(new Ahead(open({ ...from, ...max })));
    from = end.done ? {} : { min: end.value };
    isLastOpen = end.done === true;
  };
  // Ends may come late: the range in use goes on while the next end is waited for.
  const openAhead = (): void => {
    if (pendingEnd || isLastOpen || failure || ranges.length >= RANGES_AT_ONCE) return;
    pendingEnd = openNext()
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => {
        pendingEnd = null;
        openAhead();
      });
  };
  try {
    for (;;) {
      openAhead();
      while (ranges.length === 0 && pendingEnd) await (pendingEnd as Promise<void>);
      if (failure) throw (failure as { error: unknown }).error;
      const head = ranges[0];
      if (!head) return;
      for (let group = await head.next(); group !== null; group = await head.next()) yield group;
      ranges.shift();
    }
  } finally {
    isLastOpen = true;
    await source.return?.();
    await pendingEnd;
    await Promise.all(ranges.map((range) => range.close()));
  }
}

/** Reads ahead of its user, up to AHEAD_BYTES. */
class Ahead {
  readonly #groups: Array<{ group: DocumentEntry[]; bytes: number }> = [];
  readonly #pump: Promise<void>;
  #bytes = 0;
  #isDone = false;
  #isClosed = false;
  #failure: { error: unknown } | null = null;
  #changed: () => void = () => undefined;
  #change: Promise<void> = Promise.resolve();

  constructor(private readonly source: AsyncGenerator<DocumentEntry[]>) {
    this.#expectChange();
    this.#pump = this.#read();
  }

  async next(): Promise<DocumentEntry[] | null> {
    for (;;) {
      const first = this.#groups.shift();
      if (first) {
        this.#bytes -= first.bytes;
        this.#tell();
        return first.group;
      }
      if (this.#failure) throw this.#failure.error;
      if (this.#isDone) return null;
      await this.#change;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#groups.length = 0;
    this.#tell();
    await this.#pump;
  }

  async #read(): Promise<void> {
    try {
      for await (const group of this.source) {
        let bytes = 0;
        for (const { doc } of group) bytes += doc.length;
        this.#groups.push({ group, bytes });
        this.#bytes += bytes;
        this.#tell();
        while (this.#bytes >= AHEAD_BYTES && !this.#isClosed) await this.#change;
        if (this.#isClosed) break;
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#isDone = true;
    this.#tell();
  }

  #tell(): void {
    this.#changed();
    this.#expectChange();
  }

  #expectChange(): void {
    this.#change = new Promise((resolve) => (this.#changed = resolve));
  }
}
