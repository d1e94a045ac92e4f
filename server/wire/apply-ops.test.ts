import { expect, test } from "vitest";
import { codeOf, startCluster } from "./testing/cluster";

test("entries of the oplog applied to another cluster make the same documents", async () => {
  const source = await startCluster();
  const target = await startCluster();
  const collection = source.client.db("t").collection<{ _id: number; list: number[] }>("a");
  await collection.insertMany([
    { _id: 1, list: [1, 2] },
    { _id: 2, list: [] },
    { _id: 3, list: [] },
  ]);
  await collection.updateMany({}, { $push: { list: 7 } });
  await collection.replaceOne({ _id: 2 }, { list: [0] });
  await collection.deleteOne({ _id: 3 });
  const oplog = source.client.db("local").collection("oplog.rs");
  const entries = await oplog.find({ ns: "t.a" }, { projection: { _id: 0, op: 1, ns: 1, o: 1, o2: 1 } }).toArray();
  const admin = target.client.db("admin");
  expect(await admin.command({ applyOps: entries })).toMatchObject({ applied: entries.length });
  const documents = (cluster: typeof source) => cluster.client.db("t").command({ dbHash: 1 });
  expect((await documents(target)).collections).toEqual((await documents(source)).collections);
  const missing = { op: "u", ns: "t.a", o: { $v: 2, diff: { u: { a: 1 } } }, o2: { _id: 99 } };
  expect(await codeOf(admin.command({ applyOps: [missing] }))).toBe(218);
});
