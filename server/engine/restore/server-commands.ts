import type { MongoClient } from "mongodb";
import { viewOptions } from "./clean-options";
import { durableWrites, type ServerFacts } from "./server-facts";

const NAMESPACE_NOT_FOUND = 26;

/** Renames within a database; what is called `to` already is dropped when `replace` says so. Durable when it resolves. */
export async function renameCollection(
  client: MongoClient,
  server: ServerFacts,
  rename: { database: string; from: string; to: string; replace?: boolean },
): Promise<void> {
  const { database, from, to, replace = false } = rename;
  await client.db("admin").command({
    renameCollection: `${database}.${from}`,
    to: `${database}.${to}`,
    dropTarget: replace,
    ...durableWrites(server),
  });
}

/** Drops a collection or view; one that is gone already is fine. */
export async function dropCollection(
  client: MongoClient,
  server: ServerFacts,
  database: string,
  name: string,
): Promise<void> {
  try {
    await client.db(database).command({ drop: name, ...durableWrites(server) });
  } catch (error) {
    if ((error as { code?: unknown }).code !== NAMESPACE_NOT_FOUND) throw error;
  }
}

export async function createView(
  client: MongoClient,
  server: ServerFacts,
  view: { database: string; name: string; options: string },
): Promise<void> {
  await client.db(view.database).command({ create: view.name, ...viewOptions(view.options), ...durableWrites(server) });
}
