import type { MongoClient } from "mongodb";

/** The time series of all databases, as "database.collection". */
export async function listTimeSeries(client: MongoClient): Promise<string[]> {
  const { databases } = await client.db("admin").admin().listDatabases({ nameOnly: true });
  const found: string[] = [];
  for (const { name } of databases) {
    const items = await client.db(name).listCollections({ type: "timeseries" }, { nameOnly: true }).toArray();
    found.push(...items.map((item) => `${name}.${item.name}`));
  }
  return found;
}
