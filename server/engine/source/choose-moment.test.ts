import type { MongoClient, Timestamp } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestRepository, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
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
