import { DomainError } from "@/server/platform/errors/domain-error";
import type { CollectionManifest } from "../repository";
import { canonicalRoot, documentBatches, EMPTY_LAYERS, type Entry, type NodeReader, type TreeRoot } from "../tree";
import { assertNotAborted, forEachConcurrently } from "../source/abort";
import { ByteBudget } from "../source/byte-budget";
import { OrderDiffers, readKeyed, type Keying } from "../source/keyed-documents";
import { treeParams } from "../source/tree-params";
import { reach, type RestoreContext } from "./context";
import type { RestoredCollection } from "./journal";
import type { PlannedCollection } from "./plan";

const PROOF_BYTES_IN_FLIGHT = 96 * 1024 * 1024;
const COLLECTIONS_AT_ONCE = 3;

/**
 * Reads every staging collection back and compares its canonical root with the snapshot's. Equal roots mean equal
 * documents, byte for byte (and, for capped collections, in the same order). Throws RESTORE_ROOT_MISMATCH.
 */
export async function proveStaging(
  context: RestoreContext,
  collections: PlannedCollection[],
): Promise<RestoredCollection[]> {
  const budget = new ByteBudget(PROOF_BYTES_IN_FLIGHT);
  const proven = new Array<RestoredCollection>(collections.length);
  await forEachConcurrently(collections, COLLECTIONS_AT_ONCE, context.signal, async (planned, index, signal) => {
    const { manifest } = planned;
    const source = await sourceRoot(context, manifest, signal);
    const restored = await stagingRoot(context, planned, { budget, signal });
    const equal = source.id === null ? restored.id === null : restored.id?.equals(source.id) === true;
    if (!equal || source.documents !== restored.documents) throw mismatch(planned.namespace, source, restored);
    proven[index] = {
      database: manifest.database,
      name: manifest.name,
      documents: restored.documents,
      bytes: restored.bytes,
      indexes: planned.indexes.filter(({ spec }) => spec !== null).length + 1,
      sourceRoot: source.id?.toString("hex") ?? null,
      restoredRoot: restored.id?.toString("hex") ?? null,
    };
    context.progress.message(`${planned.namespace}: roots are equal`);
    await reach(context, "proven");
  });
  return proven;
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
): Promise<TreeRoot> {
  const { client, repository, server } = context;
  const read = (keying: Keying): Promise<TreeRoot> =>
    canonicalRoot(
      entriesOf(
        readKeyed(
          {
            client,
            database: manifest.database,
            collection: staging,
            // What is proven must not be undone by a failover.
            readConcern: server.isReplicaSet ? { level: "majority" } : null,
            hasSessions: server.hasSessions,
            ...how,
          },
          keying,
        ),
      ),
      repository.hasher(),
      treeParams(repository, manifest.keying),
    );
  if (manifest.keying === "ordinal") return read("ordinal");
  if (cleaned.options.has("collation")) return read("sortedId");
  try {
    return await read("id");
  } catch (error) {
    if (!(error instanceof OrderDiffers)) throw error;
    context.progress.log("prove", `${namespace}: the server's order of _id differs from ours, sorting it here.`);
    return read("sortedId");
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
