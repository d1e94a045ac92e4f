import { DomainError } from "@/server/platform/errors/domain-error";
import { pass, reach, type RestoreContext } from "./context";
import type { JournalState, SwapEntry } from "./journal";
import { LiveNames } from "./live-names";
import { createView, dropCollection, renameCollection } from "./server-commands";
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
    if (live.get(view.database, view.name)?.options !== view.options) continue;
    await dropCollection(context, view.database, view.name);
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
    assertIs(live, database, name, entry.asideUuid);
    await renameCollection(context, { database, from: name, to: aside });
    live.renamed(database, name, aside);
    await reach(context, "renamed-aside");
  }
  if (staging === null) return;
  if (live.has(database, staging)) {
    assertIs(live, database, staging, entry.stagingUuid);
    await renameCollection(context, { database, from: staging, to: name });
    live.renamed(database, staging, name);
    await reach(context, "renamed-in");
  } else {
    assertIs(live, database, name, entry.stagingUuid);
  }
}

/** Where a server tells UUIDs, nobody else's collection is ever mistaken for ours or for the old one. */
function assertIs(live: LiveNames, database: string, name: string, uuid: string | null): void {
  const found = live.get(database, name);
  if (found !== null && (uuid === null || found.uuid === null || found.uuid === uuid)) return;
  throw new DomainError("RESTORE_ROOT_MISMATCH", {
    message: `${database}.${name} is not the collection that it was`,
    params: { namespace: `${database}.${name}` },
  });
}

/**
 * Puts the old state back: new views away, new collections back to their staging names, old ones to their own, old
 * views created again, staging dropped. Never cancelled; throws only when the server refuses.
 */
export async function rollBack(context: RestoreContext, state: JournalState): Promise<void> {
  const live = await LiveNames.read(context.client, context.server);
  for (const view of state.viewsToCreate) {
    if (live.get(view.database, view.name)?.type !== "view") continue;
    await dropCollection(context, view.database, view.name);
    live.dropped(view.database, view.name);
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
    await renameCollection(context, { database, from: name, to: staging });
    live.renamed(database, name, staging);
  }
  if (oldIsAside) {
    // A write that slipped in while the name was free made a collection; the old one takes its place.
    await renameCollection(context, { database, from: aside, to: name, replace: live.has(database, name) });
    live.renamed(database, aside, name);
  }
  if (newIsIn || oldIsAside) await pass(context, "renamed-back");
}

function isSame(live: LiveNames, database: string, name: string, uuid: string | null): boolean {
  const found = live.get(database, name);
  return found !== null && (uuid === null || found.uuid === null || found.uuid === uuid);
}

/** Drops what this run staged, in every database. Old collections that were put aside are never touched. */
export async function dropStaging(context: RestoreContext, live: LiveNames): Promise<void> {
  for (const { database, name } of live.all()) {
    if (!isStagingOf(context.runId, name)) continue;
    await dropCollection(context, database, name);
    await pass(context, "staging-dropped");
  }
}

function databasesOf(state: JournalState): Set<string> {
  return new Set([...state.entries, ...state.viewsToDrop, ...state.viewsToCreate].map(({ database }) => database));
}
