import type { MongoClient, Timestamp } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestRepository, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { silentProgress } from "./progress";
import { isEarlier, operationTimeOf, RawCursor, startReadSession } from "./raw-cursor";
import { interceptCommands, type Command } from "./testing/intercept";

let server: TestServer;
let client: MongoClient;
beforeEach(async () => {
  server = await startTestServer();
  client = server.client;
  await client
    .db("shop")
    .collection<{ _id: number }>("orders")
    .insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
});
afterEach(() => server.close());

const choosesMoment = ({ readConcern }: Command): boolean =>
  JSON.stringify(readConcern) === JSON.stringify({ level: "snapshot" });

/** A primary whose majority stands where it is now for so many answers: snapshot reads lag, commands do not. */
async function withMajorityBehind(times: number): Promise<{ lagging: MongoClient; asked: () => number }> {
  const command = { find: "orders", batchSize: 0, singleBatch: true, readConcern: { level: "snapshot" } };
  const now = await client.db("shop").command(command, { raw: true });
  let asked = 0;
  const lagging = interceptCommands(client, (body, run) => {
    if (!choosesMoment(body)) return run();
    asked += 1;
    return asked <= times ? Promise.resolve(now) : run();
  });
  return { lagging, asked: () => asked };
}

describe("a moment", () => {
  it("is not before the catalogue that is said to belong to it", async () => {
    const repository = await openTestRepository();
    const { lagging, asked } = await withMajorityBehind(2);
    await client.db("shop").renameCollection("orders", "orders2024");
    const snapshot = await takeTestSnapshot(lagging, repository);
    expect(asked()).toBe(3);
    expect(snapshot.consistent).toBe(true);
    const { members } = await repository.readManifest(snapshot.manifestId);
    expect(members[0]!.collections).toMatchObject([{ name: "orders2024", documents: 3 }]);
  });

  it("that stays before its catalogue is done without, and the snapshot says so", { timeout: 20_000 }, async () => {
    const repository = await openTestRepository();
    const { lagging } = await withMajorityBehind(Infinity);
    await client.db("shop").renameCollection("orders", "orders2024");
    const snapshot = await takeTestSnapshot(lagging, repository);
    expect(snapshot).toMatchObject({ consistent: false, clusterTime: null, documents: 3 });
    expect(snapshot.inconsistentReason).toMatch(/majority/);
  });
});

describe("where collections come and go", () => {
  /** Something happens between the catalogue and the moment, this many times. */
  function whileChoosing(times: number, change: (time: number) => Promise<unknown>): MongoClient {
    let time = 0;
    return interceptCommands(client, async (body, run) => {
      if (choosesMoment(body) && time < times) await change((time += 1));
      return run();
    });
  }

  it("the moment is chosen once they rest", async () => {
    const repository = await openTestRepository();
    const busy = whileChoosing(3, (time) => client.db("shop").createCollection(`short${time}`));
    const snapshot = await takeTestSnapshot(busy, repository);
    expect(snapshot).toMatchObject({ consistent: true, collections: 4 });
  });

  it("all the time, those are left out and named, the others are of one moment", async () => {
    const repository = await openTestRepository();
    await client.db("shop").createCollection("short0");
    const busy = whileChoosing(Infinity, async (time) => {
      await client.db("shop").createCollection(`short${time}`);
      await client.db("shop").dropCollection(`short${time - 1}`);
    });
    const lines: string[] = [];
    const progress = { ...silentProgress, log: (_topic: string, text: string) => void lines.push(text) };
    const snapshot = await takeTestSnapshot(busy, repository, { progress });
    expect(snapshot).toMatchObject({ consistent: false, documents: 3, collections: 1 });
    expect(snapshot.clusterTime).not.toBeNull();
    expect(snapshot.inconsistentReason).toMatch(/shop\.short4, shop\.short5/);
    expect(lines).toEqual([snapshot.inconsistentReason]);
  });

  it("all the time under the same name, they are read without one moment", async () => {
    const repository = await openTestRepository();
    const busy = whileChoosing(Infinity, async () => {
      await client.db("shop").dropCollection("report");
      await client.db("shop").collection<{ _id: number }>("report").insertOne({ _id: 1 });
    });
    const snapshot = await takeTestSnapshot(busy, repository);
    expect(snapshot).toMatchObject({ consistent: false, clusterTime: null, documents: 4, collections: 2 });
    expect(snapshot.inconsistentReason).toMatch(/shop\.report/);
  });
});

it("the time of a raw reply is the server's operation time", async () => {
  const session = startReadSession(client, true)!;
  const earlier = await client.db("shop").command({ ping: 1 });
  await client.db("shop").collection<{ _id: number }>("orders").insertOne({ _id: 4 });
  const cursor = await RawCursor.open(client.db("shop"), "orders", { find: "orders" }, { session });
  const later = await client.db("shop").command({ ping: 1 });
  await session.endSession();
  const time = operationTimeOf(later as { operationTime: Timestamp })!;
  expect(cursor.operationTime).toEqual(time);
  expect(isEarlier(operationTimeOf(earlier as { operationTime: Timestamp })!, time)).toBe(true);
});
