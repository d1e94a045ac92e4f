import { setMaxListeners } from "node:events";
import { abortable, forEachConcurrently } from "../source/abort";
import { ByteBudget } from "../source/byte-budget";
import { reach, type RestoreContext } from "./context";
import { InsertPace } from "./insert-pace";
import { loadCollection } from "./load-collection";
import { LoadedRanges } from "./loaded-ranges";
import type { PlannedCollection } from "./plan";
import type { Proofs } from "./prove";
import { uuidGuard, uuidOf } from "./server-commands";

/** Documents that were read from the repository and are not yet written, over all collections. */
const LOAD_BYTES_IN_FLIGHT = 32 * 1024 * 1024;
const COLLECTIONS_AT_ONCE = 3;
/** A server builds three at once and lets the others wait. */
const INDEX_BUILDS_AT_ONCE = 3;

/** Which collection stands behind each staging name; null where the server tells none. */
export type StagingUuids = Map<PlannedCollection, string | null>;

/**
 * Creates every staging collection with its options and writes its documents; what is loaded is handed to `proofs`, which
 * read it back meanwhile.
 */
export async function loadStaging(
  context: RestoreContext,
  collections: PlannedCollection[],
  proofs: Proofs,
): Promise<StagingUuids> {
  const uuids: StagingUuids = new Map();
  const budget = new ByteBudget(LOAD_BYTES_IN_FLIGHT);
  const pace = new InsertPace();
  await forEachConcurrently(collections, COLLECTIONS_AT_ONCE, context.signal, async (planned, _index, signal) => {
    const { manifest, staging, cleaned } = planned;
    // Each batch that waits for its turn listens for the end of the run.
    setMaxListeners(0, signal);
    await context.assertHeld?.();
    await context.client.db(manifest.database).command({ create: staging, ...Object.fromEntries(cleaned.options) });
    // Bound to this very collection: what another worker creates later under the same name gets nothing of ours.
    const uuid = await uuidOf(context.client, manifest.database, staging);
    uuids.set(planned, uuid);
    await reach(context, "staging-created");
    const loaded = new LoadedRanges();
    try {
      proofs.startWhileLoading(planned, loaded);
      await loadCollection(context, manifest, { name: staging, uuid }, { budget, pace, loaded, signal });
      proofs.startLoaded(planned);
    } finally {
      loaded.finish();
    }
  });
  return uuids;
}

/** Builds the indexes: all of a collection in one command, several collections at once. */
export async function indexStaging(
  context: RestoreContext,
  collections: PlannedCollection[],
  uuids: StagingUuids,
): Promise<void> {
  const withIndexes = collections.filter(({ indexes }) => indexes.some(({ spec }) => spec !== null));
  await forEachConcurrently(withIndexes, INDEX_BUILDS_AT_ONCE, context.signal, async (planned, _index, signal) => {
    const { manifest, staging, indexes } = planned;
    const db = context.client.db(manifest.database);
    const guard = uuidGuard(context, uuids.get(planned) ?? null);
    const specs = indexes.flatMap(({ spec }) => (spec === null ? [] : [spec]));
    context.progress.message(`Building ${specs.length} indexes of ${planned.namespace}`);
    await abortable(signal, db.command({ createIndexes: staging, indexes: specs, ...guard }));
    for (const { name } of indexes.filter(({ prepareUnique, spec }) => prepareUnique && spec !== null)) {
      await db.command({ collMod: staging, index: { name, prepareUnique: true } });
    }
    await reach(context, "indexed");
  });
}
