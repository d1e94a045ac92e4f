import type { MongoClient } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import type { Repository } from "../repository";
import { RESTORE_POINTS, type OnPoint } from "./points";
import { resumeRestore } from "./restore-snapshot";
import {
  MemoryJournal,
  openTestRepository,
  photograph,
  restoreInto,
  restoreOptions,
  takeTestSnapshot,
} from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { isStagingOf } from "./staging-names";

const RUN = "0".repeat(24);
let server: TestServer;
let client: MongoClient;
let repository: Repository;
let manifestId: string;

/** One server: its snapshot is taken, then it changes, so that source and target differ. */
beforeEach(async () => {
  [server, repository] = await Promise.all([startTestServer(), openTestRepository()]);
  client = server.client;
  await client
    .db("shop")
    .collection("people")
    .insertMany(Array.from({ length: 200 }, (_, i) => ({ n: i })));
  await client.db("shop").collection("people").createIndex({ n: 1 }, { name: "byNumber" });
  await client.db("shop").createCollection("log", { capped: true, size: 100_000 });
  await client
    .db("shop")
    .collection("log")
    .insertMany([{ a: 1 }, { a: 2 }, { a: 3 }]);
  manifestId = (await takeTestSnapshot(client, repository)).manifestId;
  await client
    .db("shop")
    .collection("people")
    .deleteMany({ n: { $gt: 100 } });
  await client.db("shop").collection("new").insertOne({});
});
afterEach(() => server.close());

async function stagingNames(): Promise<string[]> {
  const list = await client.db("shop").listCollections({}, { nameOnly: true }).toArray();
  return list.map(({ name }) => name).filter((name) => isStagingOf(RUN, name));
}

type Damage = (staging: string) => Promise<unknown>;
const staged = (name: string) => client.db("shop").collection(name);
/** What is changed, where, and when: before the collection is read back, or after it. */
const damages: Array<[string, "people" | "log", "batch-inserted" | "loaded" | "indexed", Damage]> = [
  ["a document too many", "people", "batch-inserted", (name) => staged(name).insertOne({ extra: true })],
  ["a document less", "people", "batch-inserted", (name) => staged(name).deleteOne({ n: 5 })],
  ["a changed value", "people", "batch-inserted", (name) => staged(name).updateOne({ n: 5 }, { $set: { n: 6 } })],
  ["one more in a capped collection", "log", "batch-inserted", (name) => staged(name).insertOne({ a: 4 })],
  ["a document too many later", "people", "loaded", (name) => staged(name).insertOne({ extra: true })],
  ["a document less later", "people", "indexed", (name) => staged(name).deleteOne({ n: 5 })],
];

describe("the proof", () => {
  it.each(damages)("refuses %s in staging, and the target stays as it was", async (_name, collection, when, damage) => {
    const before = await photograph(client);
    const manifest = await repository.readManifest(manifestId);
    const position = manifest.members[0]!.collections.findIndex(({ name }) => name === collection);
    let isDamaged = false;
    const onPoint: OnPoint = async (point) => {
      const name = (await stagingNames()).find((one) => one.endsWith(`_n${position}`));
      if (isDamaged || point !== when || !name || (await staged(name).countDocuments()) === 0) return;
      isDamaged = true;
      await damage(name);
    };
    const failed = restoreInto(client, repository, manifestId, { runId: RUN, onPoint });
    await expect(failed).rejects.toSatisfy((error) => isDomainError(error, "RESTORE_ROOT_MISMATCH"));
    expect(isDamaged).toBe(true);
    expect(await photograph(client)).toEqual(before);
  });

  it("refuses a target whose catalogue is not as it should be after the swap", async () => {
    const before = await photograph(client);
    const onPoint: OnPoint = async (point) => {
      if (point === "swapped") await client.db("shop").collection("people").createIndex({ n: -1 });
    };
    await expect(restoreInto(client, repository, manifestId, { onPoint })).rejects.toSatisfy((error) =>
      isDomainError(error, "RESTORE_ROOT_MISMATCH"),
    );
    expect(await photograph(client)).toEqual(before);
  });
});

const CANCELLABLE = RESTORE_POINTS.slice(0, RESTORE_POINTS.indexOf("before-commit"));

describe("a cancel", () => {
  it.each(CANCELLABLE)("at %s puts everything back", async (point) => {
    if (point === "view-dropped" || point === "view-created") return expect(CANCELLABLE).toContain(point);
    const before = await photograph(client);
    const stop = new AbortController();
    const onPoint: OnPoint = (reached) => {
      if (reached === point) stop.abort(new DomainError("RUN_CANCELLED"));
    };
    const journal = new MemoryJournal();
    if (point === "catalogue-checked") journal.cancelled = true;
    const cancelled = restoreInto(client, repository, manifestId, { journal, signal: stop.signal, onPoint });
    await expect(cancelled).rejects.toSatisfy((error) => isDomainError(error, "RUN_CANCELLED"));
    expect(await photograph(client)).toEqual(before);
  });

  it("after the commit changes nothing any more", async () => {
    const stop = new AbortController();
    const onPoint: OnPoint = (point) => {
      if (point === "before-commit") stop.abort();
    };
    const journal = new MemoryJournal();
    await restoreInto(client, repository, manifestId, { journal, signal: stop.signal, onPoint });
    expect(journal.uncancellable).toBe(true);
    expect(await client.db("shop").collection("people").countDocuments()).toBe(200);
  });
});

describe("a lost lease", () => {
  it("leaves everything to the next worker, which finishes", async () => {
    const journal = new MemoryJournal();
    const onPoint: OnPoint = (point) => {
      if (point === "renamed-aside") throw new DomainError("RUN_LEASE_LOST");
    };
    const lost = restoreInto(client, repository, manifestId, { journal, onPoint });
    await expect(lost).rejects.toSatisfy((error) => isDomainError(error, "RUN_LEASE_LOST"));
    expect(journal.phases).toEqual(["loading", "swapping"]);
    await resumeRestore(restoreOptions(client, repository, manifestId, { journal }));
    expect(await client.db("shop").collection("people").countDocuments()).toBe(200);
  });
});
