import {
  BSON,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  type Document,
  type Filter,
} from "mongodb";
import { expect, test } from "vitest";
import { codeOf, startCluster } from "./testing/cluster";

interface AnyId {
  _id: string | number | boolean | object;
  a?: unknown;
  body?: Buffer;
  keep?: unknown;
  list?: number[];
  gone?: boolean;
}

/** The driver types a filter on an _id of several types as never. */
const byId = (_id: unknown): Filter<AnyId> => ({ _id }) as Filter<AnyId>;

test("reads 200,000 documents through one cursor, each once", { timeout: 240_000 }, async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<{ _id: number }>("many");
  for (let from = 0; from < 200_000; from += 20_000) {
    await collection.insertMany(Array.from({ length: 20_000 }, (_, i) => ({ _id: from + i })));
  }
  let next = 0;
  for await (const { _id } of collection.find()) {
    expect(_id === next).toBe(true);
    next += 1;
  }
  expect(next).toBe(200_000);
});

test("gives back every type and every byte as it came", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<AnyId>("types");
  const doc = {
    _id: 1,
    int: new Int32(1),
    long: Long.fromString("9007199254740993"),
    double: new Double(1),
    decimal: Decimal128.fromString("1.00"),
    date: new Date(-62135596800000),
    min: new MinKey(),
    max: new MaxKey(),
    at: new Timestamp({ t: 5, i: 6 }),
    nested: { b: 1, a: [{ deep: [[], {}] }] },
    "dotted.name": 1,
  };
  await collection.insertOne(doc);
  const [raw] = await collection.find({}, { raw: true }).toArray();
  expect(Buffer.from(raw as unknown as Uint8Array).equals(Buffer.from(BSON.serialize(doc)))).toBe(true);
});

test("finds a number whatever its type, and refuses the same number twice as an _id", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<AnyId>("numbers");
  await collection.insertOne({ _id: new Int32(5), a: new Double(5) });
  for (const value of [new Int32(5), new Double(5), Long.fromNumber(5), Decimal128.fromString("5.0")]) {
    expect(await collection.countDocuments({ a: value })).toBe(1);
    expect(await codeOf(collection.insertOne({ _id: value }))).toBe(11000);
  }
});

test("keeps odd and very long ids, in order", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<AnyId>("odd");
  const long = "x".repeat(5000);
  const ids = [
    5,
    5.5,
    `${long}a`,
    `${long}b`,
    `${long}c`,
    { a: 1, b: 2 },
    { b: 2, a: 1 },
    new ObjectId(),
    false,
    new Date(0),
  ];
  await collection.insertMany([...ids].reverse().map((_id) => ({ _id })));
  expect((await collection.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual(ids);
  expect((await collection.find().sort({ _id: -1 }).toArray()).map(({ _id }) => _id)).toEqual([...ids].reverse());
  expect(await codeOf(collection.insertOne({ _id: `${long}b` }))).toBe(11000);
  expect(await codeOf(collection.insertOne({ _id: [1] }))).toBe(53);
  expect((await collection.deleteOne(byId(`${long}b`))).deletedCount).toBe(1);
});

test("stores documents of 16 MB, sends them one by one, and refuses larger ones", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<AnyId>("big");
  const body = Buffer.alloc(16 * 1024 * 1024 - 64, 7);
  await collection.insertOne({ _id: 1, body });
  await collection.insertOne({ _id: 2, body });
  const sizes: number[] = [];
  for await (const doc of collection.find({}, { raw: true })) sizes.push((doc as unknown as Uint8Array).length);
  expect(sizes).toHaveLength(2);
  const tooLarge = { insert: "big", documents: [{ _id: 3, body: Buffer.alloc(16 * 1024 * 1024 + 1024) }] };
  expect((await client.db("t").command(tooLarge)).writeErrors).toMatchObject([{ index: 0, code: 10334 }]);
  expect(await collection.countDocuments()).toBe(2);
});

test("an update leaves the bytes of other fields alone and writes a delta to the oplog", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<AnyId>("updates");
  await collection.insertOne({ _id: 1, keep: new Double(1), list: [1, 2, 3], gone: true });
  await collection.updateOne(byId(1), { $set: { "list.1": 9 }, $unset: { gone: 1 } });
  const [doc] = await collection.find({}, { promoteValues: false }).toArray();
  expect(doc!.keep).toBeInstanceOf(Double);
  const entry = await client.db("local").collection("oplog.rs").findOne({ op: "u", ns: "t.updates" });
  expect(entry?.o).toEqual({ $v: 2, diff: { d: { gone: false }, slist: { a: true, u1: 9 } } });
  expect(entry?.o2).toEqual({ _id: 1 });
});

test("ordered batches stop at the first bad document, unordered ones go on", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<AnyId>("batches");
  const docs = (): Document[] => [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
  expect(await codeOf(client.db("t").collection("ordered").insertMany(docs()))).toBe(11000);
  expect(await client.db("t").collection("ordered").countDocuments()).toBe(1);
  expect(await codeOf(collection.insertMany(docs() as AnyId[], { ordered: false }))).toBe(11000);
  expect(await collection.countDocuments()).toBe(2);
});
