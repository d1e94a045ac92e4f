import { abortable, forEachConcurrently } from "../source/abort";
import { ByteBudget } from "../source/byte-budget";
import { reach, type RestoreContext } from "./context";
import { loadCollection } from "./load-collection";
import type { PlannedCollection } from "./plan";

/** Documents that were read from the repository and are not yet written, over all collections. */
const LOAD_BYTES_IN_FLIGHT = 48 * 1024 * 1024;
const COLLECTIONS_AT_ONCE = 3;
/** A server builds three at once and lets the others wait. */
const INDEX_BUILDS_AT_ONCE = 3;

/** Creates every staging collection with its options and writes its documents. */
export async function loadStaging(context: RestoreContext, collections: PlannedCollection[]): Promise<void> {
  const budget = new ByteBudget(LOAD_BYTES_IN_FLIGHT);
  await forEachConcurrently(collections, COLLECTIONS_AT_ONCE, context.signal, async (planned, _index, signal) => {
    const { manifest, staging, cleaned } = planned;
    await context.client.db(manifest.database).command({ create: staging, ...Object.fromEntries(cleaned.options) });
    await reach(context, "staging-created");
    await loadCollection(context, manifest, staging, { budget, signal });
  });
}

/** Builds the indexes: all of a collection in one command, several collections at once. */
export async function indexStaging(context: RestoreContext, collections: PlannedCollection[]): Promise<void> {
  const withIndexes = collections.filter(({ indexes }) => indexes.some(({ spec }) => spec !== null));
  await forEachConcurrently(withIndexes, INDEX_BUILDS_AT_ONCE, context.signal, async (planned, _index, signal) => {
    const { manifest, staging, indexes } = planned;
    const db = context.client.db(manifest.database);
    const specs = indexes.flatMap(({ spec }) => (spec === null ? [] : [spec]));
    context.progress.message(`Building ${specs.length} indexes of ${planned.namespace}`);
    await abortable(signal, db.command({ createIndexes: staging, indexes: specs }));
    for (const { name } of indexes.filter(({ prepareUnique, spec }) => prepareUnique && spec !== null)) {
      await db.command({ collMod: staging, index: { name, prepareUnique: true } });
    }
    await reach(context, "indexed");
  });
}
