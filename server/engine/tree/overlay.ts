import type { Entry } from "./types";

/**
 * Two sorted streams of batches as one: where both have a key, `upper` wins, tombstones included. A batch of `lower`
 * that nothing in `upper` touches goes through as it is.
 */
export async function* overlay(
  lower: AsyncIterable<readonly Entry[]>,
  upper: AsyncIterable<readonly Entry[]>,
): AsyncGenerator<readonly Entry[]> {
  const above = new BatchCursor(upper);
  try {
    await above.nextBatch();
    for await (const batch of lower) {
      if (!above.entry || Buffer.compare(above.entry.key, batch.at(-1)!.key) > 0) {
        yield batch;
        continue;
      }
      yield* mergeBatch(batch, above);
    }
    while (above.entry) {
      yield above.rest();
      await above.nextBatch();
    }
  } finally {
    await above.close();
  }
}

/** In pieces: between two entries of the batch may lie any number of those above, and only one batch of these is held. */
async function* mergeBatch(batch: readonly Entry[], above: BatchCursor): AsyncGenerator<readonly Entry[]> {
  let merged: Entry[] = [];
  for (const entry of batch) {
    let order = -1;
    while (above.entry && (order = Buffer.compare(above.entry.key, entry.key)) <= 0) {
      merged.push(above.entry);
      if (!above.step()) {
        yield merged;
        merged = [];
        await above.nextBatch();
      }
      if (order === 0) break;
    }
    if (order !== 0) merged.push(entry);
  }
  if (merged.length > 0) yield merged;
}

/** Stands at one entry of a stream of batches; null before the first nextBatch() and after the end. */
export class BatchCursor {
  entry: Entry | null = null;
  readonly #source: AsyncIterator<readonly Entry[]>;
  #batch: readonly Entry[] = [];
  #at = 0;

  constructor(source: AsyncIterable<readonly Entry[]>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Moves within the batch; false when it is used up. */
  step(): boolean {
    this.#at += 1;
    this.entry = this.#batch[this.#at] ?? null;
    return this.entry !== null;
  }

  async nextBatch(): Promise<void> {
    const next = await this.#source.next();
    this.#batch = next.done ? [] : next.value;
    this.#at = 0;
    this.entry = this.#batch[0] ?? null;
  }

  rest(): readonly Entry[] {
    return this.#batch.slice(this.#at);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
