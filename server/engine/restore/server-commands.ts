import { UUID } from "bson";
import type { MongoClient } from "mongodb";
import { MongoServerError } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";
import { viewOptions } from "./clean-options";
import type { RestoreContext } from "./context";
import { readLiveName, type LiveName } from "./live-name";
import { durableWrites, knowsComment } from "./server-facts";

const NAMESPACE_NOT_FOUND = 26;
const COLLECTION_UUID_MISMATCH = 361;

/** One collection, by its name and by what stays when it is renamed. */
export interface Target {
  database: string;
  name: string;
  /** Null where the server tells none. */
  uuid: string | null;
}

/**
 * The commands that change what the target has. A worker may sleep for minutes before any line of them, while another
 * finishes the run; so each looks again at the one name that it takes away, then asks the lease, then names the collection
 * by its UUID, which leaves the last word to the server (6.0 and later). For views, which have no UUID, and for older
 * servers a moment between the lease's answer and the command remains.
 */

/**
 * Renames a collection within its database; what is called `to` already is dropped when `replace` says so. Throws
 * RESTORE_ROOT_MISMATCH when the name is another collection's by now. Durable when it resolves.
 */
export async function renameCollection(
  context: RestoreContext,
  from: Target,
  to: string,
  { replace = false }: { replace?: boolean } = {},
): Promise<void> {
  const { database, name } = from;
  const found = await readLiveName(context.client, database, name);
  if (!isSameCollection(found, from.uuid)) throw changedMeanwhile(database, name);
  await sendChange(context, "admin", {
    renameCollection: `${database}.${name}`,
    to: `${database}.${to}`,
    dropTarget: replace,
    ...uuidGuard(context, from.uuid ?? found.uuid),
  });
}

/** Drops this very collection. One that is gone already, or whose name is another's by now, is fine. */
export async function dropCollection(context: RestoreContext, target: Target): Promise<void> {
  const { database, name, uuid } = target;
  const found = await readLiveName(context.client, database, name);
  if (!isSameCollection(found, uuid)) return;
  try {
    await sendChange(context, database, { drop: name, ...uuidGuard(context, uuid ?? found.uuid) });
  } catch (error) {
    if (!hasCode(error, NAMESPACE_NOT_FOUND) && !hasCode(error, COLLECTION_UUID_MISMATCH)) throw error;
  }
}

/** Drops the view if it still is one, and one that `isWanted` says yes to. False when nothing was dropped. */
export async function dropView(
  context: RestoreContext,
  { database, name }: { database: string; name: string },
  isWanted: (options: string) => boolean,
): Promise<boolean> {
  const found = await readLiveName(context.client, database, name);
  if (found?.type !== "view" || !isWanted(found.options)) return false;
  try {
    await sendChange(context, database, { drop: name });
  } catch (error) {
    if (!hasCode(error, NAMESPACE_NOT_FOUND)) throw error;
  }
  return true;
}

export async function createView(
  context: RestoreContext,
  view: { database: string; name: string; options: string },
): Promise<void> {
  await sendChange(context, view.database, { create: view.name, ...viewOptions(view.options) });
}

/** `collMod` of this very collection. */
export async function modifyCollection(
  context: RestoreContext,
  { database, name, uuid }: Target,
  changes: Record<string, unknown>,
): Promise<void> {
  await sendChange(context, database, { collMod: name, ...changes, ...uuidGuard(context, uuid) });
}

export async function dropDatabase(context: RestoreContext, database: string): Promise<void> {
  await sendChange(context, database, { dropDatabase: 1 });
}

/**
 * Sends one command once the lease says that the run is still this worker's, marked with the run where the server knows
 * `comment`. A majority that did not answer is an error: the change may still be lost with its primary.
 */
async function sendChange(context: RestoreContext, database: string, command: Record<string, unknown>): Promise<void> {
  const { client, server, runId } = context;
  await context.assertHeld?.();
  const comment = knowsComment(server) ? { comment: runId } : {};
  const reply = await client.db(database).command({ ...command, ...comment, ...durableWrites(server) });
  if (reply.writeConcernError) throw new MongoServerError(reply.writeConcernError);
}

/** What makes the server refuse (361) when the name is no longer this collection's. */
export function uuidGuard({ server }: Pick<RestoreContext, "server">, uuid: string | null): { collectionUUID?: UUID } {
  return uuid !== null && server.checksCollectionUuid ? { collectionUUID: new UUID(uuid) } : {};
}

/** The UUID of a collection that was just created; null where the server tells none. */
export async function uuidOf(client: MongoClient, database: string, name: string): Promise<string | null> {
  return (await readLiveName(client, database, name))?.uuid ?? null;
}

/** Where a server tells UUIDs, nobody else's collection is ever mistaken for ours or for the old one. */
function isSameCollection(found: LiveName | null, uuid: string | null): found is LiveName {
  if (found === null || found.type === "view") return false;
  return uuid === null || found.uuid === null || found.uuid === uuid;
}

export function changedMeanwhile(database: string, name: string): DomainError {
  return new DomainError("RESTORE_ROOT_MISMATCH", {
    message: `${database}.${name} is not the collection that it was`,
    params: { namespace: `${database}.${name}` },
  });
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}
