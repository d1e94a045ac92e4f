import { expect, test } from "vitest";
import { codeOf, startCluster } from "./testing/cluster";

test("a rename over another collection keeps documents, indexes and uuid, and survives a restart", async () => {
  const cluster = await startCluster();
  const db = cluster.client.db("t");
  await db.collection("a").insertMany([{ n: 1 }, { n: 2 }]);
  await db.collection("a").createIndex({ n: -1 }, { unique: true });
  await db.collection("b").insertOne({ old: true });
  const [before] = await db.listCollections({ name: "a" }).toArray();
  expect(await codeOf(db.collection("a").rename("b"))).toBe(48);
  await db.collection("a").rename("b", { dropTarget: true });
  await cluster.restart();
  const again = cluster.client.db("t");
  const [after] = await again.listCollections().toArray();
  expect(after).toMatchObject({ name: "b", info: { uuid: (before as { info: { uuid: unknown } }).info.uuid } });
  expect(await again.collection("b").countDocuments({ n: { $gt: 0 } })).toBe(2);
  expect(await codeOf(again.collection("b").insertOne({ n: 1 }))).toBe(11000);
});

test("a rename or drop that names another collection's uuid touches nothing", async () => {
  const { client } = await startCluster();
  const db = client.db("t");
  await db.collection("a").insertOne({ n: 1 });
  await db.collection("b").insertOne({ n: 2 });
  const [, b] = await db.listCollections({}, { nameOnly: false }).toArray();
  const collectionUUID = (b as { info: { uuid: unknown } }).info.uuid;
  const rename = client.db("admin").command({ renameCollection: "t.a", to: "t.c", collectionUUID });
  await expect(rename).rejects.toMatchObject({
    code: 361,
    errorResponse: { db: "t", expectedCollection: "a", actualCollection: "b" },
  });
  expect(await codeOf(db.command({ drop: "a", collectionUUID }))).toBe(361);
  await client.db("admin").command({ renameCollection: "t.b", to: "t.c", collectionUUID });
  const names = (await db.listCollections().toArray()).map(({ name }) => name);
  expect(names.sort()).toEqual(["a", "c"]);
});

test("unique, sparse and partial indexes refuse what they should and nothing else", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection("u");
  await collection.createIndexes([
    { key: { email: 1 }, unique: true, sparse: true },
    { key: { code: 1, kind: 1 }, unique: true, partialFilterExpression: { active: true } },
  ]);
  await collection.insertMany([{}, {}, { code: 1, kind: "x" }, { code: 1, kind: "x" }]);
  await collection.insertOne({ email: "a@x", code: 2, kind: "y", active: true });
  expect(await codeOf(collection.insertOne({ email: "a@x" }))).toBe(11000);
  expect(await codeOf(collection.insertOne({ code: 2, kind: "y", active: true }))).toBe(11000);
  await collection.insertOne({ code: 2, kind: "y", active: false });
  const error = await collection.insertOne({ email: "a@x" }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ keyPattern: { email: 1 }, keyValue: { email: "a@x" } });
});

test("an index that cannot be built leaves nothing behind", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection("c");
  await collection.insertMany([{ a: 1 }, { a: 1 }]);
  expect(await codeOf(collection.createIndexes([{ key: { b: 1 } }, { key: { a: 1 }, unique: true }]))).toBe(11000);
  expect(await collection.indexes()).toHaveLength(1);
});

test("a query on an indexed field reads only what it needs, and explain says so", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection("e");
  await collection.insertMany(Array.from({ length: 1000 }, (_, n) => ({ n, tags: [`t${n % 10}`, "all"] })));
  await collection.createIndex({ n: 1 });
  await collection.createIndex({ tags: 1 });
  const explained = await collection
    .find({ n: { $gte: 990 } })
    .sort({ n: 1 })
    .explain("executionStats");
  expect(explained.executionStats).toMatchObject({ nReturned: 10, totalDocsExamined: 10, totalKeysExamined: 10 });
  expect(await collection.find({ tags: { $in: ["t1", "all"] } }).toArray()).toHaveLength(1000);
  await collection.updateMany({ n: { $lt: 5 } }, { $inc: { n: 5000 } });
  expect(await collection.countDocuments({ n: { $gte: 5000 } })).toBe(5);
  expect((await client.db("t").command({ validate: "e" })).valid).toBe(true);
});

test("capped collections keep their newest documents and can be followed", async () => {
  const { client } = await startCluster();
  const db = client.db("t");
  await db.createCollection("log", { capped: true, size: 100_000, max: 3 });
  const log = db.collection<{ _id: number }>("log");
  for (let _id = 0; _id < 5; _id += 1) await log.insertOne({ _id });
  const cursor = log.find({}, { tailable: true, awaitData: true });
  const seen = [(await cursor.next())?._id, (await cursor.next())?._id, (await cursor.next())?._id];
  const next = cursor.next();
  await log.insertOne({ _id: 5 });
  expect([...seen, (await next)?._id]).toEqual([2, 3, 4, 5]);
  await cursor.close();
});

test("explain of a view shows how the collection below it is read", async () => {
  const { client } = await startCluster();
  const db = client.db("t");
  await db.collection("base").insertMany([1, 2, 3, 4].map((n) => ({ n, kind: n % 2 })));
  await db.collection("base").createIndex({ n: 1 });
  await db.createCollection("odd", { viewOn: "base", pipeline: [{ $match: { kind: 1 } }] });
  const found = await db.collection("odd").find({ n: 3 }).explain("executionStats");
  expect(found.queryPlanner).toMatchObject({ namespace: "t.base", winningPlan: { inputStage: { indexName: "n_1" } } });
  expect(found.executionStats).toMatchObject({ nReturned: 1, totalDocsExamined: 1 });
});

test("views answer through their pipeline and take no writes", async () => {
  const { client } = await startCluster();
  const db = client.db("t");
  await db.collection("base").insertMany([{ n: 1 }, { n: 2 }, { n: 3 }]);
  await db.createCollection("odd", { viewOn: "base", pipeline: [{ $match: { n: { $mod: [2, 1] } } }] });
  expect(await db.collection("odd").countDocuments()).toBe(2);
  expect(
    await db
      .collection("odd")
      .find({ n: { $gt: 1 } })
      .toArray(),
  ).toHaveLength(1);
  expect(await codeOf(db.collection("odd").insertOne({}))).toBe(166);
  await db.collection("odd").drop();
  expect((await db.listCollections({ type: "view" }).toArray()).length).toBe(0);
});

test("a validator refuses new documents, and lets them pass on request", async () => {
  const { client } = await startCluster();
  const db = client.db("t");
  await db.createCollection("v", { validator: { n: { $type: "int" } } });
  expect(await codeOf(db.collection("v").insertOne({ n: "x" }))).toBe(121);
  await db.collection("v").insertOne({ n: "x" }, { bypassDocumentValidation: true });
  await db.collection("v").insertOne({ n: 1 });
  expect(await codeOf(db.collection("v").updateOne({ n: 1 }, { $set: { n: "y" } }))).toBe(121);
});

test("a dropped collection is gone for open cursors, and its space is given back", async () => {
  const { client, server } = await startCluster();
  const collection = client.db("t").collection("d");
  await collection.insertMany(Array.from({ length: 6000 }, (_, n) => ({ n })));
  const cursor = collection.find({}, { batchSize: 10 });
  await cursor.next();
  await collection.drop();
  const rest = cursor.toArray().then(
    (docs) => docs.length,
    (error: { code: number }) => error.code,
  );
  expect([175, 43]).toContain(await rest);
  const { stores } = server.instance.store;
  await expect.poll(() => [...stores.documents.getKeys({})].length, { timeout: 20_000 }).toBeLessThan(50);
});

test("what is not supported is refused with MongoDB's own codes", async () => {
  const { client } = await startCluster();
  const db = client.db("t");
  await db.collection("x").insertOne({});
  expect(await codeOf(db.command({ atlasVersion: 1 }))).toBe(59);
  expect(
    await codeOf(
      db
        .collection("x")
        .aggregate([{ $nope: 1 }])
        .toArray(),
    ),
  ).toBe(40324);
  expect(
    await codeOf(
      db
        .collection("x")
        .find({ a: { $nope: 1 } })
        .toArray(),
    ),
  ).toBe(2);
  expect(await codeOf(db.command({ find: "x", wrong: 1 }))).toBe(40415);
  expect(await codeOf(db.admin().command({ getParameter: 1, foo: 1 }))).toBe(72);
  expect(await codeOf(db.createCollection("ts", { timeseries: { timeField: "t" } }))).toBe(115);
  expect(await codeOf(db.collection("x").watch().next())).toBe(115);
});
