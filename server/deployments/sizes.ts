import type { MongoClient } from "mongodb";

const SYSTEM_DATABASES = new Set(["admin", "config", "local"]);

export interface Sizes {
  dataBytes: number;
  documents: number;
  storage: { freeBytes: number; totalBytes: number } | null;
}

/** Bytes and documents of all user databases as `dbStats` states them, and the file system's room where it is told. */
export async function readSizes(client: MongoClient): Promise<Sizes> {
  const sizes: Sizes = { dataBytes: 0, documents: 0, storage: null };
  const list = await client.db("admin").command({ listDatabases: 1, nameOnly: true });
  const names = (list.databases as Array<{ name: string }>).map(({ name }) => name);
  const user = names.filter((name) => !SYSTEM_DATABASES.has(name));
  for (const name of user.length > 0 ? user : names.slice(0, 1)) {
    const stats = await client
      .db(name)
      .command({ dbStats: 1, freeStorage: 0 })
      .catch(() => client.db(name).command({ dbStats: 1 }))
      .catch(() => ({}) as Record<string, unknown>);
    if (!SYSTEM_DATABASES.has(name)) {
      sizes.dataBytes += Number(stats.dataSize ?? 0);
      sizes.documents += Number(stats.objects ?? 0);
    }
    const total = Number(stats.fsTotalSize ?? 0);
    if (total > 0) sizes.storage = { totalBytes: total, freeBytes: Math.max(0, total - Number(stats.fsUsedSize ?? 0)) };
  }
  return sizes;
}
