import type { CollectionManifest } from "../repository";
import { documentBatches, EMPTY_LAYERS } from "../tree";
import { assertNotAborted } from "../source/abort";
import type { ByteBudget } from "../source/byte-budget";
import type { RestoreContext } from "./context";
import { reach } from "./context";
import type { InsertPace } from "./insert-pace";
import type { LoadedRanges } from "./loaded-ranges";
import { insertRaw } from "./raw-insert";
import { uuidGuard } from "./server-commands";
import { knowsBypassEmptyTs, readableWrites } from "./server-facts";
import { setZeroTimestamps, zeroTimestampFields } from "./zero-timestamp";

/** Below the wire's 48,000,000 bytes with room to spare; one document may be larger than this. */
const BATCH_BYTES = 3 * 1024 * 1024;
const BATCH_DOCUMENTS_MAX = 20_000;
/** Batches of one collection that may wait for their turn; how many the server gets at once is the pace's to say. */
const BATCHES_WAITING_MAX = 12;
const PREFETCH_BYTES = 4 * 1024 * 1024;

export interface StagingCollection {
  name: string;
  /** Null where the server tells none. */
  uuid: string | null;
}

interface Batch {
  documents: Buffer[];
  bytes: number;
  zeroTimestamps: Array<{ document: Buffer; fields: string[] }>;
}

/**
 * Writes the documents of one collection into its staging collection, exact bytes, several unordered batches at once,
 * and tells `loaded` which part is complete. A capped collection keeps its order: one writer, ordered batches.
 */
export async function loadCollection(
  context: RestoreContext,
  manifest: CollectionManifest,
  staging: StagingCollection,
  how: { budget: ByteBudget; pace: InsertPace; loaded: LoadedRanges; signal: AbortSignal },
): Promise<void> {
  const { budget, pace, loaded, signal } = how;
  const ordered = manifest.keying === "ordinal";
  const inserts = new Inserts(ordered ? 1 : BATCHES_WAITING_MAX);
  try {
    for await (const batch of batchesOf(context, manifest)) {
      assertNotAborted(signal);
      await budget.take(batch.bytes, signal);
      const finished = loaded.begin(batch.documents[0]!, batch.bytes);
      await inserts.start(async () => {
        try {
          await pace.run(batch.bytes, signal, () => insertBatch(context, manifest, staging, batch, ordered));
          finished();
        } finally {
          budget.release(batch.bytes);
        }
      });
    }
  } finally {
    await inserts.settle();
  }
  inserts.assertNoFailure();
}

async function insertBatch(
  context: RestoreContext,
  { database, name }: CollectionManifest,
  staging: StagingCollection,
  batch: Batch,
  ordered: boolean,
): Promise<void> {
  const db = context.client.db(database);
  const keepsZero = batch.zeroTimestamps.length > 0 && knowsBypassEmptyTs(context.server);
  await insertRaw(db, staging.name, batch.documents, {
    ordered,
    bypassDocumentValidation: true,
    bypassEmptyTsReplacement: keepsZero,
    ...uuidGuard(context, staging.uuid),
    ...readableWrites(context.server),
  });
  if (!keepsZero && batch.zeroTimestamps.length > 0) await setZeroTimestamps(db, staging.name, batch.zeroTimestamps);
  context.progress.advance({
    collection: `${database}.${name}`,
    bytes: batch.bytes,
    documents: batch.documents.length,
  });
  await reach(context, "batch-inserted");
}

async function* batchesOf(context: RestoreContext, { layers }: CollectionManifest): AsyncGenerator<Batch> {
  const reader = context.repository.reader();
  let batch = emptyBatch();
  for await (const entries of documentBatches(reader, layers ?? EMPTY_LAYERS, {}, { prefetchBytes: PREFETCH_BYTES })) {
    for (const { doc } of entries) {
      const full = batch.bytes + doc.length > BATCH_BYTES || batch.documents.length >= BATCH_DOCUMENTS_MAX;
      if (full && batch.documents.length > 0) {
        yield batch;
        batch = emptyBatch();
      }
      batch.documents.push(doc);
      batch.bytes += doc.length;
      const fields = zeroTimestampFields(doc);
      if (fields.length > 0) batch.zeroTimestamps.push({ document: doc, fields });
    }
  }
  if (batch.documents.length > 0) yield batch;
}

function emptyBatch(): Batch {
  return { documents: [], bytes: 0, zeroTimestamps: [] };
}

/** A few promises at once; the first failure stops further ones. */
class Inserts {
  readonly #running = new Set<Promise<void>>();
  #failure: { error: unknown } | null = null;

  constructor(private readonly limit: number) {}

  async start(work: () => Promise<void>): Promise<void> {
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    if (this.#running.size >= this.limit) await Promise.race(this.#running);
    this.assertNoFailure();
  }

  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  assertNoFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
