import { deserialize, UUID } from "bson";
import type { MongoClient } from "mongodb";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestRepository, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { dumpSnapshot } from "../dump/dump-snapshot";
import type { Repository } from "../repository";
import { isStillThere, readCatalogue } from "./catalogue";
import { cursorReply, interceptCommands, type Command } from "./testing/intercept";

let server: TestServer;
let repository: Repository;
let client: MongoClient;
let bucketsUuid: UUID;
beforeEach(async () => {
  [server, repository] = await Promise.all([startTestServer(), openTestRepository()]);
  await server.client
    .db("iot")
    .collection<{ _id: number }>("buckets")
    .insertMany([{ _id: 1 }, { _id: 2 }]);
  bucketsUuid = new UUID();
  client = interceptCommands(server.client, withTimeSeries);
});
afterEach(() => server.close());

const INDEXES = [
  { v: 2, key: { sensor: 1, time: 1 }, name: "sensor_1_time_1" },
  { v: 2, key: { "sensor.place": 1 }, name: "place", sparse: true },
];
const OPTIONS = { timeseries: { timeField: "time", metaField: "sensor", granularity: "seconds" } };

/** What MongoDB 5.0 to 8.x lists of a time series: itself without a UUID, and the collection of its buckets. */
function withTimeSeries(command: Command, run: (changed?: Command) => Promise<Command>): Promise<Command> {
  if (command.listCollections) {
    const buckets = { clusteredIndex: true, ...OPTIONS };
    return cursorReply([
      { name: "weather", type: "timeseries", options: OPTIONS, info: { readOnly: false } },
      { name: "system.buckets.weather", type: "collection", options: buckets, info: { uuid: bucketsUuid } },
    ]);
  }
  if (command.listIndexes === "weather") return cursorReply(INDEXES);
  if (command.find === "system.buckets.weather") return run({ ...command, find: "buckets" });
  return run();
}

it("a time series is stored with its indexes, and dumped with them under its own name", async () => {
  const { manifestId } = await takeTestSnapshot(client, repository);
  const manifest = await repository.readManifest(manifestId);
  expect(manifest.members[0]!.collections).toMatchObject([{ name: "weather", type: "timeseries", documents: 2 }]);
  const { archive } = dumpSnapshot(repository, manifest, { signal: new AbortController().signal });
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  const headerEnd = 4 + bytes.readInt32LE(4);
  const entry = deserialize(bytes.subarray(headerEnd, headerEnd + bytes.readInt32LE(headerEnd)));
  expect(entry).toMatchObject({ db: "iot", collection: "weather", type: "timeseries" });
  const metadata = JSON.parse(entry.metadata as string) as { indexes: Array<{ name: string }> };
  expect(metadata.indexes.map(({ name }) => name).sort()).toEqual(["place", "sensor_1_time_1"]);
  expect(bytes.includes("system.buckets.weather")).toBe(true);
});

it("a time series is known again by the UUID of its buckets", async () => {
  const [entry] = await readCatalogue(client, { hasSessions: true });
  expect(entry).toMatchObject({ name: "weather", uuid: null, storage: "system.buckets.weather" });
  expect(await isStillThere(client, entry!, true)).toBe(true);
  bucketsUuid = new UUID();
  expect(await isStillThere(client, entry!, true)).toBe(false);
});
