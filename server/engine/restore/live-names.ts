import type { MongoClient } from "mongodb";
import { readDatabase, type CatalogueEntry } from "../source/catalogue";
import { isUserDatabase } from "../source/namespaces";
import type { ServerFacts } from "./server-facts";

/**
 * The collections and views that are really on the server, by database and name. Every decision of the swap and of its
 * undoing is taken from here, so that both can be repeated from any point where a process died.
 */
export class LiveNames {
  private constructor(private readonly entries: Map<string, CatalogueEntry>) {}

  /** All user databases, or only the given ones; our own staging names included. Indexes only where they are asked for. */
  static async read(
    client: MongoClient,
    server: ServerFacts,
    options: { databases?: Iterable<string>; withIndexes?: boolean } = {},
  ): Promise<LiveNames> {
    const names = options.databases ? [...new Set(options.databases)] : await listUserDatabases(client);
    const reading = { hasSessions: server.hasSessions, includeReserved: true, skipIndexes: !options.withIndexes };
    const entries = new Map<string, CatalogueEntry>();
    for (const database of names) {
      const found = await readDatabase(client, database, reading);
      for (const entry of found) entries.set(keyOf(database, entry.name), entry);
    }
    return new LiveNames(entries);
  }

  get(database: string, name: string): CatalogueEntry | null {
    return this.entries.get(keyOf(database, name)) ?? null;
  }

  has(database: string, name: string): boolean {
    return this.entries.has(keyOf(database, name));
  }

  all(): CatalogueEntry[] {
    return [...this.entries.values()];
  }

  /** Remembers a rename that was done. */
  renamed(database: string, from: string, to: string): void {
    const entry = this.entries.get(keyOf(database, from));
    this.entries.delete(keyOf(database, from));
    if (entry) this.entries.set(keyOf(database, to), { ...entry, name: to });
  }

  dropped(database: string, name: string): void {
    this.entries.delete(keyOf(database, name));
  }
}

function keyOf(database: string, name: string): string {
  return `${database}\0${name}`;
}

async function listUserDatabases(client: MongoClient): Promise<string[]> {
  const reply = await client.db("admin").command({ listDatabases: 1, nameOnly: true });
  return (reply.databases as Array<{ name: string }>).map(({ name }) => name).filter(isUserDatabase);
}
