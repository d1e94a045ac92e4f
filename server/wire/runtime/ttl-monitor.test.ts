import { expect, test } from "vitest";
import { startCluster } from "../testing/cluster";
import { TtlMonitor } from "./ttl-monitor";

test("deletes what is over through the oplog, and nothing while writes are blocked", async () => {
  const { client, server } = await startCluster();
  const collection = client.db("t").collection<{ _id: number; at: unknown }>("ttl");
  const now = Date.now();
  await collection.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
  await collection.insertMany([
    { _id: 1, at: new Date(now - 61_000) },
    { _id: 2, at: new Date(now) },
    { _id: 3, at: "no date" },
    { _id: 4, at: [new Date(now - 90_000), new Date(now + 90_000)] },
  ]);
  const monitor = new TtlMonitor(server.instance);
  await client.db("admin").command({ setUserWriteBlockMode: 1, global: true });
  await monitor.pass();
  expect(await collection.countDocuments()).toBe(4);
  await client.db("admin").command({ setUserWriteBlockMode: 1, global: false });
  await monitor.pass();
  expect((await collection.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual([2, 3]);
  const logged = await client.db("local").collection("oplog.rs").find({ op: "d", ns: "t.ttl" }).toArray();
  expect(logged.map((entry) => entry.o._id).sort()).toEqual([1, 4]);
});
