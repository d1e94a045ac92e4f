import { expect, test } from "vitest";
import type { Collection } from "mongodb";
import { codeOf, startCluster } from "./testing/cluster";

interface Item {
  _id: number;
  n: number;
  tags: number[];
}

const COUNT = 40_000;
/** Steps so small that every build here takes many of them, on whatever machine. */
const SMALL_STEPS = { indexBuildStepMs: 1 };

async function fill(collection: Collection<Item>): Promise<void> {
  for (let from = 0; from < COUNT; from += 10_000) {
    const docs = Array.from({ length: 10_000 }, (_, i) => ({
      _id: from + i,
      n: from + i,
      tags: [i % 7, i % 11, 20 + (i % 13)],
    }));
    await collection.insertMany(docs, { writeConcern: { w: 1 } });
  }
}

test("an index that is built while others write holds what they wrote", { timeout: 120_000 }, async () => {
  const { client } = await startCluster(SMALL_STEPS);
  const items = client.db("t").collection<Item>("items");
  await fill(items);
  let building = true;
  const built = items.createIndexes([{ key: { n: 1 } }, { key: { tags: -1 } }]).finally(() => (building = false));
  let writes = 0;
  for (let i = 0; building; i += 1) {
    const low = (i * 37) % 1000;
    const high = COUNT - 1 - low;
    await items.bulkWrite([
      { updateOne: { filter: { _id: low }, update: { $set: { n: -i - 1, tags: [i, 5] } } } },
      { updateOne: { filter: { _id: high }, update: { $set: { n: COUNT * 3 + i, tags: [] } } } },
      { deleteOne: { filter: { _id: 10_000 + i } } },
      { insertOne: { document: { _id: COUNT + i, n: COUNT + i, tags: [i % 3] } } },
      { insertOne: { document: { _id: -1 - i, n: 0.5, tags: [i % 3] } } },
    ]);
    writes += 1;
  }
  await built;
  expect(writes).toBeGreaterThan(2);
  const ids = (docs: Item[]): number[] => docs.map(({ _id }) => _id).sort((a, b) => a - b);
  const all = await items.find({}, { hint: { $natural: 1 } }).toArray();
  const byNumber = await items.find({ n: { $gte: -1e9 } }, { hint: { n: 1 } }).toArray();
  expect(ids(byNumber)).toEqual(ids(all));
  for (const tag of [2, 5, 6]) {
    const found = await items.find({ tags: tag }, { hint: { tags: -1 } }).toArray();
    expect(ids(found)).toEqual(ids(all.filter(({ tags }) => tags.includes(tag))));
  }
});

test(
  "a unique index is refused, and leaves nothing, when a write makes a duplicate while it is built",
  { timeout: 120_000 },
  async () => {
    const { client, restart } = await startCluster(SMALL_STEPS);
    const items = client.db("t").collection<Item>("items");
    await fill(items);
    const build = codeOf(items.createIndex({ n: 1 }, { unique: true }));
    await items.insertOne({ _id: COUNT, n: 0, tags: [] });
    expect(await build).toBe(11000);
    expect(await items.indexes()).toHaveLength(1);
    await items.deleteOne({ _id: COUNT });
    await items.createIndex({ n: 1 }, { unique: true });
    await restart();
    expect(await items.countDocuments({ n: { $gte: 0 } }, { hint: { n: 1 } })).toBe(COUNT);
    expect(await codeOf(items.insertOne({ _id: COUNT, n: 0, tags: [] }))).toBe(11000);
  },
);

test(
  "a collection that is dropped while its index is built takes the build with it",
  { timeout: 120_000 },
  async () => {
    const { client } = await startCluster(SMALL_STEPS);
    const items = client.db("t").collection<Item>("items");
    await fill(items);
    const build = codeOf(items.createIndex({ n: 1 }));
    await items.drop();
    expect([276, null]).toContain(await build);
    expect(await client.db("t").listCollections().toArray()).toEqual([]);
  },
);
