import type { ClientSession, MongoClient } from "mongodb";
import { assertDocument } from "../bson/document";
import { assertNotAborted } from "./abort";
import type { ByteBudget } from "./byte-budget";
import { RawCursor, startReadSession, type RawBatch } from "./raw-cursor";

/** The order in which a server gives a collection's documents. */
export type ReadOrder = "id" | "natural";

/** A part of the index on `_id`: from `min` on and before `max`, as the server orders them; open where absent. */
export interface IdBounds {
  min?: unknown;
  max?: unknown;
}

export interface ReadCollection {
  client: MongoClient;
  database: string;
  collection: string;
  order: ReadOrder;
  /** With the order "id" only. */
  bounds?: IdBounds;
  readConcern: Record<string, unknown> | null;
  hasSessions: boolean;
  budget: ByteBudget;
  signal: AbortSignal;
}

/** A reply never holds more: 16 MiB and a margin for its frame. */
export const REPLY_BYTES_MAX = 16 * 1024 * 1024 + 64 * 1024;
/** Batches aim at this size: big enough to keep both sides busy, small enough to stop soon. */
const BATCH_BYTES = 4 * 1024 * 1024;
const FIRST_BATCH_DOCUMENTS = 500;
const BATCH_DOCUMENTS_MAX = 10_000;

/**
 * The documents of one collection, each checked to be well-formed BSON, in the server's order and up to the cursor's
 * end. One batch is asked for while the one before is being used; both count against the budget. A batch is valid until
 * the next one is asked for.
 */
export async function* readBatches(options: ReadCollection): AsyncGenerator<RawBatch> {
  const { client, budget, signal } = options;
  const session = startReadSession(client, options.hasSessions);
  const fetches = new Fetches(options, session);
  try {
    let pending = fetches.next(FIRST_BATCH_DOCUMENTS);
    for (;;) {
      const batch = await pending;
      fetches.claimed();
      if (batch === null) return;
      try {
        assertNotAborted(signal);
        pending = fetches.next(documentsFor(batch));
        pending.catch(() => undefined);
        for (const document of batch.documents) assertDocument(document);
        yield batch;
      } finally {
        budget.release(batch.bytes);
      }
    }
  } finally {
    await fetches.close();
    await session?.endSession();
  }
}

function documentsFor({ documents, bytes }: RawBatch): number {
  if (documents.length === 0) return FIRST_BATCH_DOCUMENTS;
  const average = Math.max(1, bytes / documents.length);
  return Math.max(1, Math.min(BATCH_DOCUMENTS_MAX, Math.floor(BATCH_BYTES / average)));
}

/** One fetch at a time, each with its share of the budget taken before it starts. */
class Fetches {
  #cursor: RawCursor | null = null;
  #running: Promise<RawBatch | null> | null = null;

  constructor(
    private readonly options: ReadCollection,
    private readonly session: ClientSession | undefined,
  ) {}

  next(batchSize: number): Promise<RawBatch | null> {
    this.#running = this.#fetch(batchSize);
    return this.#running;
  }

  async #fetch(batchSize: number): Promise<RawBatch | null> {
    if (this.#cursor?.isExhausted) return null;
    const { budget, signal } = this.options;
    await budget.take(REPLY_BYTES_MAX, signal);
    let kept = 0;
    try {
      this.#cursor ??= await this.#open(batchSize);
      const batch = await this.#cursor.next(batchSize);
      kept = batch?.bytes ?? 0;
      return batch;
    } finally {
      budget.release(REPLY_BYTES_MAX - kept);
    }
  }

  #open(batchSize: number): Promise<RawCursor> {
    const { client, database, collection, order, readConcern, bounds = {} } = this.options;
    const command = {
      find: collection,
      ...(order === "id" ? { sort: { _id: 1 }, hint: { _id: 1 } } : { hint: { $natural: 1 } }),
      ...("min" in bounds ? { min: { _id: bounds.min } } : {}),
      ...("max" in bounds ? { max: { _id: bounds.max } } : {}),
      batchSize,
      ...(readConcern === null ? {} : { readConcern }),
    };
    return RawCursor.open(client.db(database), collection, command, this.session ? { session: this.session } : {});
  }

  /** The caller has the batch of the last fetch, and gives its bytes back itself. */
  claimed(): void {
    this.#running = null;
  }

  /** Gives back what a fetch that nobody waited for has taken, and frees the server's cursor. */
  async close(): Promise<void> {
    const left = await this.#running?.catch(() => null);
    if (left) this.options.budget.release(left.bytes);
    this.#running = null;
    await this.#cursor?.close();
  }
}
