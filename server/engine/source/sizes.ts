import type { MongoClient } from "mongodb";
import type { CatalogueEntry } from "./catalogue";
import type { Progress } from "./progress";

export interface CollectionSize {
  /** "database.collection". */
  name: string;
  bytes: number;
  documents: number;
}

/** Tells the progress what is to be expected, from the server's own statistics; what it does not tell counts as nothing. */
export async function estimateSizes(
  client: MongoClient,
  catalogue: CatalogueEntry[],
  progress: Progress,
): Promise<CollectionSize[]> {
  const sizes: CollectionSize[] = [];
  for (const { database, name, storage } of catalogue) {
    if (storage === null) continue;
    const stats = await client
      .db(database)
      .command({ collStats: storage })
      .catch(() => ({}) as Record<string, unknown>);
    sizes.push({ name: `${database}.${name}`, bytes: Number(stats.size ?? 0), documents: Number(stats.count ?? 0) });
  }
  progress.collections(sizes);
  progress.totals({
    bytes: sizes.reduce((total, { bytes }) => total + bytes, 0),
    documents: sizes.reduce((total, { documents }) => total + documents, 0),
  });
  return sizes;
}
