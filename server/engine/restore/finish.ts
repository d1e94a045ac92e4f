import { MongoServerError } from "mongodb";
import { isConnectionBroken } from "../source/connection-errors";
import { pass, type RestoreContext } from "./context";
import type { JournalState, ParkedExpiry, RestoreResult } from "./journal";
import { LiveNames } from "./live-names";
import { dropCollection, dropDatabase, modifyCollection } from "./server-commands";
import { isAsideOf, isStagingOf } from "./staging-names";

/**
 * What is left after the commit: old collections go, databases that held nothing else go with them, expiries begin
 * again. Can be repeated; nothing here undoes the restore, and what the server refuses goes into the report.
 */
export async function finishCommitted(context: RestoreContext, state: JournalState): Promise<RestoreResult> {
  const live = await LiveNames.read(context.client, context.server);
  const result: RestoreResult = structuredClone(state.result ?? emptyResult());
  for (const { database, name, uuid } of live.all()) {
    // A staging name can be there again: where an earlier worker's last insert came after the swap.
    if (!isAsideOf(context.runId, name) && !isStagingOf(context.runId, name)) continue;
    const refusal = await refusalOf(dropCollection(context, { database, name, uuid }));
    if (refusal === null) live.dropped(database, name);
    else
      result.differences.push({
        namespace: `${database}.${name}`,
        what: `the old data could not be dropped: ${refusal}`,
      });
    await pass(context, "old-dropped");
  }
  await dropEmptyDatabases(context, state, live);
  for (const parked of state.parked) {
    const failure = await releaseExpiry(context, state, parked);
    if (failure !== null) {
      result.differences.push({ namespace: `${parked.database}.${parked.name}`, what: failure });
    }
    await pass(context, "expiry-released");
  }
  await context.journal.write({ ...state, phase: "done", result });
  await pass(context, "journalled-done");
  return result;
}

/** Documents that do not expire are a lesser harm than a restore that never ends, so a refusal goes into the report. */
async function releaseExpiry(
  context: RestoreContext,
  state: JournalState,
  { database, name, index, expireAfterSeconds }: ParkedExpiry,
): Promise<string | null> {
  const entry = state.entries.find((one) => one.database === database && one.name === name);
  const change = index === null ? { expireAfterSeconds } : { index: { name: index, expireAfterSeconds } };
  const target = { database, name, uuid: entry?.stagingUuid ?? null };
  const refusal = await refusalOf(modifyCollection(context, target, change));
  if (refusal === null) return null;
  const what = index === null ? "the collection's expiry" : `the expiry of index ${index}`;
  return `${what} (${expireAfterSeconds} s) stayed off: ${refusal}`;
}

/**
 * What the server said when it refused; null when it did not. Everything else (a broken connection, a lease that is
 * another worker's) is thrown: a resume goes on.
 */
async function refusalOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (!(error instanceof MongoServerError) || isConnectionBroken(error)) throw error;
    return error.message;
  }
}

/** A dropped view leaves `system.views` behind, and with it a database that the snapshot does not have. */
async function dropEmptyDatabases(context: RestoreContext, state: JournalState, live: LiveNames): Promise<void> {
  const used = new Set(live.all().map(({ database }) => database));
  const touched = new Set([...state.entries, ...state.viewsToDrop].map(({ database }) => database));
  for (const database of touched) {
    if (used.has(database)) continue;
    const reply = await context.client.db(database).command({ listCollections: 1, nameOnly: true });
    const names = (reply.cursor.firstBatch as Array<{ name: string }>).map(({ name }) => name);
    if (names.length === 0 || !names.every((name) => name === "system.views" || name === "system.profile")) continue;
    const refusal = await refusalOf(dropDatabase(context, database));
    if (refusal !== null) context.progress.log("swap", `${database} stays, empty: ${refusal}`);
  }
}

function emptyResult(): RestoreResult {
  return { documents: 0, bytes: 0, collections: [], views: [], removed: [], differences: [], timings: [] };
}
