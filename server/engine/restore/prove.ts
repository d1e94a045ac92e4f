import { DomainError } from "@/server/platform/errors/domain-error";
import type { CollectionManifest } from "../repository";
import { canonicalRoot, documentBatches, EMPTY_LAYERS, type Entry, type NodeReader, type TreeRoot } from "../tree";
import { assertNotAborted } from "../source/abort";
import { ByteBudget } from "../source/byte-budget";
import { OrderDiffers, readKeyed, type Keying } from "../source/keyed-documents";
import { idOf, readsRanges } from "../source/split-ids";
import { treeParams } from "../source/tree-params";
import { reach, type RestoreContext } from "./context";
import type { RestoredCollection } from "./journal";
import type { LoadedRanges } from "./loaded-ranges";
import type { PlannedCollection } from "./plan";

const PROOF_BYTES_IN_FLIGHT = 48 * 1024 * 1024;
const COLLECTIONS_AT_ONCE = 2;
/** From so much on a collection is read back range by range while it is being loaded. */
const RANGES_FROM_BYTES = 64 * 1024 * 1024;
const AVERAGE_BYTES_MAX = 1024 * 1024;

/**
 * The proof that staging collections are the snapshot's: each is read back, beginning while others (or its own later
 * ranges) are still being loaded, and its canonical root compared in the end. Equal roots mean equal documents, byte for
 * byte (and, for capped collections, in the same order). Nobody else writes meanwhile, so what was read stays true.
 */
export class Proofs {
  readonly #budget = new ByteBudget(PROOF_BYTES_IN_FLIGHT);
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  readonly #roots = new Map<PlannedCollection, Promise<TreeRoot>>();
  readonly #waiting: Array<() => void> = [];
  #running = 0;

  constructor(private readonly context: RestoreContext) {
    this.#signal = AbortSignal.any([context.signal, this.#abort.signal]);
  }

  /** A large collection whose loading begins: its ranges are read back one after another. */
  startWhileLoading(planned: PlannedCollection, loaded: LoadedRanges): void {
    const { manifest, cleaned } = planned;
    const isRanged =
      manifest.keying === "id" && !cleaned.options.has("collation") && !cleaned.options.has("clusteredIndex");
    // A range holds two replies; of huge documents that is too much for several at once.
    const isFine = manifest.bytes <= manifest.documents * AVERAGE_BYTES_MAX;
    if (isRanged && isFine && manifest.bytes >= RANGES_FROM_BYTES) this.#start(planned, loaded);
  }

  /** A collection that is loaded. Does nothing where startWhileLoading began already. */
  startLoaded(planned: PlannedCollection): void {
    if (!this.#roots.has(planned)) this.#start(planned, null);
  }

  /** Compares all roots. Throws RESTORE_ROOT_MISMATCH, RUN_CANCELLED, or what reading back threw. */
  async finish(collections: PlannedCollection[]): Promise<RestoredCollection[]> {
    const proven: RestoredCollection[] = [];
    for (const planned of collections) {
      const source = await sourceRoot(this.context, planned.manifest, this.#signal);
      let restored = await this.#roots.get(planned)!;
      if (!(await this.#stillHolds(planned, restored.documents))) restored = await this.#read(planned, null);
      proven.push(compare(planned, source, restored));
      this.context.progress.message(`${planned.namespace}: roots are equal`);
      await reach(this.context, "proven");
    }
    return proven;
  }

  /** Stops reading and waits until nothing is being read. */
  async close(): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled(this.#roots.values());
  }

  #start(planned: PlannedCollection, loaded: LoadedRanges | null): void {
    const root = this.#inTurn(() => this.#read(planned, loaded));
    // Thrown by finish(); until then it must not count as unhandled.
    root.catch(() => undefined);
    this.#roots.set(planned, root);
  }

  #read(planned: PlannedCollection, loaded: LoadedRanges | null): Promise<TreeRoot> {
    return stagingRoot(this.context, planned, { budget: this.#budget, signal: this.#signal }, loaded);
  }

  /** The server's own count tells whether somebody came after the reading; where it differs, reading again decides. */
  async #stillHolds({ manifest, staging }: PlannedCollection, documents: number): Promise<boolean> {
    const { n } = await this.context.client.db(manifest.database).command({ count: staging });
    return n === documents;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= COLLECTIONS_AT_ONCE) await new Promise<void>((pass) => this.#waiting.push(pass));
    else this.#running += 1;
    try {
      assertNotAborted(this.#signal);
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

function compare(planned: PlannedCollection, source: ComparedRoot, restored: TreeRoot): RestoredCollection {
  const equal = source.id === null ? restored.id === null : restored.id?.equals(source.id) === true;
  if (!equal || source.documents !== restored.documents) throw mismatch(planned.namespace, source, restored);
  return {
    database: planned.manifest.database,
    name: planned.manifest.name,
    documents: restored.documents,
    bytes: restored.bytes,
    indexes: planned.indexes.filter(({ spec }) => spec !== null).length + 1,
    sourceRoot: source.id?.toString("hex") ?? null,
    restoredRoot: restored.id?.toString("hex") ?? null,
  };
}

type ComparedRoot = Pick<TreeRoot, "id" | "documents">;

/**
 * The base's own root where there are no deltas, else the one that the manifest states: what was read from the source,
 * whatever the layers make of it. An older manifest states none; then it is worked out from the merged documents.
 */
async function sourceRoot(
  { repository }: RestoreContext,
  { layers, keying, root, documents }: CollectionManifest,
  signal: AbortSignal,
): Promise<ComparedRoot> {
  const { base, deltas } = layers ?? EMPTY_LAYERS;
  if (deltas.length === 0) return base;
  if (root !== undefined) return { id: root === null ? null : Buffer.from(root, "hex"), documents };
  return canonicalRoot(
    snapshotEntries(repository.reader(), { base, deltas }, signal),
    repository.hasher(),
    treeParams(repository, keying),
  );
}

async function* snapshotEntries(
  reader: NodeReader,
  layers: NonNullable<CollectionManifest["layers"]>,
  signal: AbortSignal,
): AsyncGenerator<Entry> {
  for await (const batch of documentBatches(reader, layers)) {
    assertNotAborted(signal);
    yield* batch;
  }
}

async function stagingRoot(
  context: RestoreContext,
  { manifest, staging, cleaned, namespace }: PlannedCollection,
  how: { budget: ByteBudget; signal: AbortSignal },
  loaded: LoadedRanges | null,
): Promise<TreeRoot> {
  const { client, repository, server } = context;
  const source = {
    client,
    database: manifest.database,
    collection: staging,
    // What is proven must not be undone by a failover.
    readConcern: server.isReplicaSet ? { level: "majority" } : null,
    hasSessions: server.hasSessions,
    ...how,
  };
  const ends = loaded && endsOf(source, loaded);
  const read = (keying: Keying): Promise<TreeRoot> =>
    canonicalRoot(
      entriesOf(readKeyed(source, keying, ends)),
      repository.hasher(),
      treeParams(repository, manifest.keying),
    );
  if (manifest.keying === "ordinal") return read("ordinal");
  if (cleaned.options.has("collation")) return read("sortedId");
  try {
    return await read("id");
  } catch (error) {
    if (!(error instanceof OrderDiffers)) throw error;
    for await (const _ of loaded ?? []) assertNotAborted(how.signal);
    context.progress.log("prove", `${namespace}: the server's order of _id differs from ours, sorting it here.`);
    return read("sortedId");
  }
}

/** The `_id`s at which loaded ranges end; only the collection's end where the server cannot read ranges. */
async function* endsOf(source: Parameters<typeof readsRanges>[0], loaded: LoadedRanges): AsyncGenerator<unknown> {
  let isRanged: boolean | null = null;
  for await (const document of loaded) {
    const id = idOf(document);
    if (id === undefined) continue;
    isRanged ??= await readsRanges(source);
    if (isRanged) yield id;
  }
}

async function* entriesOf(groups: AsyncIterable<readonly Entry[]>): AsyncGenerator<Entry> {
  for await (const group of groups) yield* group;
}

function mismatch(namespace: string, source: ComparedRoot, restored: TreeRoot): DomainError {
  return new DomainError("RESTORE_ROOT_MISMATCH", {
    message: `${namespace}: what was read back is not what the snapshot holds`,
    params: {
      namespace,
      expectedDocuments: source.documents,
      foundDocuments: restored.documents,
      expectedRoot: source.id?.toString("hex") ?? null,
      foundRoot: restored.id?.toString("hex") ?? null,
    },
  });
}
