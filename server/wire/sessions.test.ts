import { Long, Timestamp } from "mongodb";
import { expect, test } from "vitest";
import { codeOf, startCluster } from "./testing/cluster";

interface Numbered {
  _id: number;
  n?: number;
  by?: number;
  outside?: boolean;
}

test("snapshot reads never find half of a pair while a client writes pairs", { timeout: 120_000 }, async () => {
  const { client } = await startCluster();
  const db = client.db("t");
  const left = db.collection<Numbered>("left");
  const right = db.collection<Numbered>("right");
  await left.insertOne({ _id: -1 });
  await right.insertOne({ _id: -1 });
  let writing = true;
  let pairs = 0;
  const writer = (async () => {
    const session = client.startSession();
    while (writing) {
      await session.withTransaction(async () => {
        await left.insertOne({ _id: pairs }, { session });
        await right.insertOne({ _id: pairs }, { session });
      });
      pairs += 1;
    }
    await session.endSession();
  })();
  for (let round = 0; round < 10; round += 1) {
    const session = client.startSession({ snapshot: true });
    const one = await left.find({}, { session, batchSize: 5 }).toArray();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const other = await right.find({}, { session, batchSize: 5 }).toArray();
    expect(other.map(({ _id }) => _id)).toEqual(one.map(({ _id }) => _id));
    await session.endSession();
  }
  writing = false;
  await writer;
  expect(pairs).toBeGreaterThan(3);
});

test("a moment that was not pinned cannot be read any more", async () => {
  const { client } = await startCluster();
  const db = client.db("t");
  await db.collection("a").insertOne({});
  const read = (at: Timestamp) => db.command({ find: "a", readConcern: { level: "snapshot", atClusterTime: at } });
  const first = await db.command({ find: "a", readConcern: { level: "snapshot" } });
  await db.collection("a").insertOne({});
  expect((await read(first.cursor.atClusterTime)).cursor.firstBatch).toHaveLength(1);
  expect(await codeOf(read(new Timestamp({ t: 1, i: 1 })))).toBe(239);
});

test("a transaction shows its writes to itself first, to all at its commit, as one oplog entry", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<Numbered>("a");
  await collection.insertMany([
    { _id: 1, n: 1 },
    { _id: 2, n: 1 },
  ]);
  const session = client.startSession();
  session.startTransaction();
  await collection.insertOne({ _id: 3, n: 1 }, { session });
  await collection.updateMany({ n: 1 }, { $inc: { n: 1 } }, { session });
  await collection.deleteOne({ _id: 1 }, { session });
  expect(await collection.find({ n: 2 }, { session }).toArray()).toHaveLength(2);
  expect(await collection.find({ n: 2 }).toArray()).toHaveLength(0);
  await session.commitTransaction();
  expect((await collection.find({ n: 2 }).sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual([2, 3]);
  const entry = await client
    .db("local")
    .collection("oplog.rs")
    .findOne({ "o.applyOps": { $exists: true } });
  expect((entry?.o.applyOps as Array<{ op: string }>).map(({ op }) => op)).toEqual(["i", "u", "u", "u", "d"]);
  expect(entry?.txnNumber).toBeDefined();
});

test("the second writer of a record in two transactions gets a conflict that may be retried", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<Numbered>("a");
  await collection.insertOne({ _id: 1 });
  const one = client.startSession();
  const two = client.startSession();
  one.startTransaction();
  two.startTransaction();
  await collection.updateOne({ _id: 1 }, { $set: { by: 1 } }, { session: one });
  const error = await collection.updateOne({ _id: 1 }, { $set: { by: 2 } }, { session: two }).catch((thrown) => thrown);
  expect(error.code).toBe(112);
  expect(error.hasErrorLabel("TransientTransactionError")).toBe(true);
  const outside = collection.updateOne({ _id: 1 }, { $set: { outside: true } });
  await one.commitTransaction();
  await outside;
  expect(await collection.findOne({ _id: 1 })).toEqual({ _id: 1, by: 1, outside: true });
});

test("an aborted transaction leaves nothing", async () => {
  const { client } = await startCluster();
  const collection = client.db("t").collection<Numbered>("a");
  await collection.insertOne({ _id: 1 });
  const session = client.startSession();
  session.startTransaction();
  await collection.deleteMany({}, { session });
  await session.abortTransaction();
  expect(await collection.countDocuments()).toBe(1);
});

test("a repeated retryable write answers what it answered, also after a restart, and does nothing twice", async () => {
  const cluster = await startCluster();
  const { client } = cluster;
  const session = client.startSession();
  const increment = {
    update: "a",
    updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } }, upsert: true }],
    txnNumber: Long.fromNumber(1),
  };
  const take = {
    findAndModify: "a",
    query: { _id: 1 },
    update: { $inc: { n: 10 } },
    new: true,
    txnNumber: Long.fromNumber(2),
  };
  const run = async (command: object) => {
    const { $clusterTime: _time, operationTime: _at, ...reply } = await client.db("t").command(command, { session });
    return reply;
  };
  const first = await run(increment);
  expect(await run(increment)).toEqual(first);
  const taken = await run(take);
  await cluster.restart();
  expect(await run(take)).toEqual(taken);
  expect(await client.db("t").collection("a").findOne()).toMatchObject({ n: 11 });
  expect(await codeOf(run(increment))).toBe(225);
  await session.endSession();
});

test("failCommand makes drivers retry, behind its switch only", async () => {
  const plain = await startCluster();
  const failPoint = {
    configureFailPoint: "failCommand",
    mode: { times: 1 },
    data: { failCommands: ["insert"], closeConnection: true },
  };
  expect(await codeOf(plain.client.db("admin").command(failPoint))).toBe(59);
  const testing = await startCluster({ testCommands: true });
  await testing.client.db("admin").command(failPoint);
  await testing.client.db("t").collection("a").insertOne({});
  expect(await testing.client.db("t").collection("a").countDocuments()).toBe(1);
});

test("a snapshot read may name the moment of a transaction, and keep it when the transaction ends", async () => {
  const { client, server } = await startCluster();
  const { pins } = server.instance.store;
  const transactions = pins.now();
  const letGo = pins.hold(transactions);
  await client
    .db("t")
    .collection("a")
    .insertOne({ _id: 1 as never });
  const view = pins.at(transactions.time);
  letGo();
  pins.release(transactions);
  expect(view).toBe(transactions);
  expect(view.collection("t.a")).toBeUndefined();
  expect(pins.at(transactions.time)).toBe(view);
});
