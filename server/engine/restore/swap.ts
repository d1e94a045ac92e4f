import { pass, reach, type RestoreContext } from "./context";
import type { JournalState, SwapEntry } from "./journal";
import { LiveNames } from "./live-names";
import { waitForOwnCommands } from "./own-commands";
import { changedMeanwhile, createView, dropCollection, dropView, renameCollection } from "./server-commands";
import { isStagingOf } from "./staging-names";

/**
 * The swap and its undoing. Both look at what is on the server before each rename and do only what is missing, so they
 * can be repeated from any point. For one namespace the states are:
 *
 *   staging  name  aside
 *     new    old    -      nothing done
 *     new     -    old     old is aside
 *      -     new   old     swapped
 */
export async function swapForward(context: RestoreContext, state: JournalState): Promise<void> {
  const live = await LiveNames.read(context.client, context.server, { databases: databasesOf(state) });
  for (const view of state.viewsToDrop) {
    if (live.get(view.database, view.name)?.type !== "view") continue;
    if (!(await dropView(context, view, (options) => options === view.options))) continue;
    live.dropped(view.database, view.name);
    await reach(context, "view-dropped");
  }
  for (const entry of state.entries) await swapIn(context, entry, live);
  for (const view of state.viewsToCreate) {
    if (live.get(view.database, view.name)?.type === "view") continue;
    await createView(context, view);
    await reach(context, "view-created");
  }
  await reach(context, "swapped");
}

async function swapIn(context: RestoreContext, entry: SwapEntry, live: LiveNames): Promise<void> {
  const { database, name, staging, aside } = entry;
  if (aside !== null && !live.has(database, aside)) {
    await renameCollection(context, { database, name, uuid: entry.asideUuid }, aside);
    live.renamed(database, name, aside);
    await reach(context, "renamed-aside");
  }
  if (staging === null) return;
  if (live.has(database, staging)) {
    await renameCollection(context, { database, name: staging, uuid: entry.stagingUuid }, name);
    live.renamed(database, staging, name);
    await reach(context, "renamed-in");
  } else if (!isSame(live, database, name, entry.stagingUuid)) {
    throw changedMeanwhile(database, name);
  }
}
/**
 * Puts the old state back: new views away, new collections back to their staging names, old ones to their own, old
 * views created again, staging dropped. What was sent before is over by then; never cancelled; throws only when the server
 * refuses, or RUN_LEASE_LOST. `afterBreak`: a connection broke, so the server may not even have read the last command.
 */
export async function rollBack(
  context: RestoreContext,
  state: JournalState,
  { afterBreak = false }: { afterBreak?: boolean } = {},
): Promise<void> {
  await waitForOwnCommands(context, { afterBreak });
  const live = await LiveNames.read(context.client, context.server);
  for (const view of state.viewsToCreate) {
    if (live.get(view.database, view.name)?.type !== "view") continue;
    const old = state.viewsToDrop.find(({ database, name }) => database === view.database && name === view.name);
    const isDropped = await dropView(context, view, (options) => options !== old?.options);
    if (isDropped) live.dropped(view.database, view.name);
  }
  for (const entry of [...state.entries].reverse()) await swapBack(context, entry, live);
  for (const view of state.viewsToDrop) {
    if (live.has(view.database, view.name)) continue;
    await createView(context, view);
  }
  await pass(context, "views-put-back");
  await dropStaging(context, live);
}

async function swapBack(context: RestoreContext, entry: SwapEntry, live: LiveNames): Promise<void> {
  const { database, name, staging, aside } = entry;
  const oldIsAside = aside !== null && live.has(database, aside);
  const newIsIn =
    staging !== null &&
    !live.has(database, staging) &&
    (aside === null || oldIsAside) &&
    isSame(live, database, name, entry.stagingUuid);
  if (newIsIn) {
    await renameCollection(context, { database, name, uuid: entry.stagingUuid }, staging);
    live.renamed(database, name, staging);
  }
  if (oldIsAside) {
    // A write that slipped in while the name was free made a collection; the old one takes its place.
    const replace = live.has(database, name);
    await renameCollection(context, { database, name: aside, uuid: entry.asideUuid }, name, { replace });
    live.renamed(database, aside, name);
  }
  if (newIsIn || oldIsAside) await pass(context, "renamed-back");
}

function isSame(live: LiveNames, database: string, name: string, uuid: string | null): boolean {
  const found = live.get(database, name);
  if (found === null || found.type === "view") return false;
  return uuid === null || found.uuid === null || found.uuid === uuid;
}

/** Drops what this run staged, in every database. Old collections that were put aside are never touched. */
export async function dropStaging(context: RestoreContext, live: LiveNames): Promise<void> {
  for (const { database, name, uuid } of live.all()) {
    if (!isStagingOf(context.runId, name)) continue;
    await dropCollection(context, { database, name, uuid });
    await pass(context, "staging-dropped");
  }
}

function databasesOf(state: JournalState): Set<string> {
  return new Set([...state.entries, ...state.viewsToDrop, ...state.viewsToCreate].map(({ database }) => database));
}
