import { viewOptions } from "./clean-options";
import type { RestoreContext } from "./context";
import { durableWrites } from "./server-facts";

const NAMESPACE_NOT_FOUND = 26;

/** Renames within a database; what is called `to` already is dropped when `replace` says so. Durable when it resolves. */
export async function renameCollection(
  context: RestoreContext,
  rename: { database: string; from: string; to: string; replace?: boolean },
): Promise<void> {
  const { database, from, to, replace = false } = rename;
  await change(context, "admin", {
    renameCollection: `${database}.${from}`,
    to: `${database}.${to}`,
    dropTarget: replace,
  });
}

/** Drops a collection or view; one that is gone already is fine. */
export async function dropCollection(context: RestoreContext, database: string, name: string): Promise<void> {
  try {
    await change(context, database, { drop: name });
  } catch (error) {
    if ((error as { code?: unknown }).code !== NAMESPACE_NOT_FOUND) throw error;
  }
}

export async function createView(
  context: RestoreContext,
  view: { database: string; name: string; options: string },
): Promise<void> {
  await change(context, view.database, { create: view.name, ...viewOptions(view.options) });
}

/** Sends a command that changes what the target has, once it is sure that the run is still this worker's. */
async function change(context: RestoreContext, database: string, command: Record<string, unknown>): Promise<void> {
  await context.assertHeld?.();
  await context.client.db(database).command({ ...command, ...durableWrites(context.server) });
}
