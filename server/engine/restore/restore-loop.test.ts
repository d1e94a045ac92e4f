import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EJSON } from "bson";
import type { Document } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Repository } from "../repository";
import {
  MemoryJournal,
  openTestRepository,
  photograph,
  restoreInto,
  takeTestSnapshot,
} from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { fillHuge, fillSource, fillTarget } from "@/server/testing/sample-deployments";

const datasets = process.env.HOLDFAST_TEST_DATA ? join(process.env.HOLDFAST_TEST_DATA, "datasets") : null;

let source: TestServer;
let target: TestServer;
let repository: Repository;
beforeEach(async () => {
  [source, target, repository] = await Promise.all([startTestServer(), startTestServer(), openTestRepository()]);
});
afterEach(() => Promise.all([source.close(), target.close()]));

describe("a snapshot restored into another server", () => {
  it("is that server's whole state, byte for byte", { timeout: 120_000 }, async () => {
    await fillSource(source.client);
    await fillHuge(source.client);
    await fillTarget(target.client);
    const snapshot = await takeTestSnapshot(source.client, repository);
    expect(snapshot).toMatchObject({ consistent: true, collections: 10 });
    const journal = new MemoryJournal();
    const result = await restoreInto(target.client, repository, snapshot.manifestId, { journal });

    expect(await photograph(target.client)).toEqual(await photograph(source.client));
    expect(journal.phases).toEqual(["loading", "swapping", "committed", "done"]);
    expect(result.removed.sort()).toEqual(["elsewhere.more", "elsewhere.view", "shop.onlyHere"]);
    expect(result.differences).toEqual([]);
    expect(result.documents).toBe(snapshot.documents);
    for (const { sourceRoot, restoredRoot } of result.collections) expect(restoredRoot).toBe(sourceRoot);
    const { databases } = await target.client.db("admin").command({ listDatabases: 1, nameOnly: true });
    const names = (databases as Array<{ name: string }>).map(({ name }) => name);
    expect(names.filter((name) => !["admin", "config", "local"].includes(name)).sort()).toEqual(["files", "shop"]);
  });

  it("keeps expiries and the order of a capped collection", { timeout: 120_000 }, async () => {
    await fillSource(source.client);
    const { manifestId } = await takeTestSnapshot(source.client, repository);
    await restoreInto(target.client, repository, manifestId);
    const specs = await target.client.db("shop").collection("people").listIndexes().toArray();
    expect(specs.find(({ name }) => name === "expiring")).toMatchObject({ expireAfterSeconds: 2_000_000_000 });
    const order = async (server: TestServer): Promise<unknown[]> =>
      (await server.client.db("shop").collection("log").find().toArray()).map(({ i }) => i as unknown);
    expect(await order(target)).toEqual(await order(source));
    expect(await order(target)).toHaveLength(500);
  });

  it("can be restored again over itself, and into the source", { timeout: 120_000 }, async () => {
    await fillSource(source.client);
    const before = await photograph(source.client);
    const { manifestId } = await takeTestSnapshot(source.client, repository);
    await source.client.db("shop").collection("people").deleteMany({});
    await source.client.db("shop").collection("ids").drop();
    await restoreInto(source.client, repository, manifestId, { runId: "a".repeat(24) });
    expect(await photograph(source.client)).toEqual(before);
    await restoreInto(source.client, repository, manifestId, { runId: "b".repeat(24) });
    expect(await photograph(source.client)).toEqual(before);
  });

  it("of an empty deployment empties the target", async () => {
    await fillTarget(target.client);
    const { manifestId } = await takeTestSnapshot(source.client, repository);
    const result = await restoreInto(target.client, repository, manifestId);
    expect(await photograph(target.client)).toEqual({});
    expect(result.removed).toHaveLength(6);
  });

  it("leaves users and system databases alone", async () => {
    await target.client.db("admin").command({ createUser: "ann", pwd: "secret", roles: ["readWriteAnyDatabase"] });
    await target.client.db("admin").collection<{ _id: string }>("kept").insertOne({ _id: "x" });
    const { manifestId } = await takeTestSnapshot(source.client, repository);
    await restoreInto(target.client, repository, manifestId);
    const { users } = await target.client.db("admin").command({ usersInfo: "ann" });
    expect(users).toHaveLength(1);
    expect(await target.client.db("admin").collection("kept").countDocuments()).toBe(1);
  });
});

describe("equal data", () => {
  it("give equal roots and store nothing twice", { timeout: 120_000 }, async () => {
    await fillSource(source.client);
    const first = await takeTestSnapshot(source.client, repository);
    const second = await takeTestSnapshot(source.client, repository);
    const roots = async (manifestId: string): Promise<unknown[]> =>
      (await repository.readManifest(manifestId)).members[0]!.collections.map(({ layers }) => layers?.base.id);
    expect(await roots(second.manifestId)).toEqual(await roots(first.manifestId));
    expect(second.storedBytes).toBeLessThan(first.storedBytes / 10);
  });
});

describe("real collections", () => {
  it.skipIf(datasets === null)("come back as they were", { timeout: 240_000 }, async () => {
    const files = readdirSync(datasets!).filter((name) => name.endsWith(".json"));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const documents = readDataset(join(datasets!, file));
      await source.client
        .db("real")
        .collection(file.replace(/\.json$/, ""))
        .insertMany(documents, { ordered: false });
    }
    const { manifestId, documents } = await takeTestSnapshot(source.client, repository);
    expect(documents).toBeGreaterThan(5000);
    await restoreInto(target.client, repository, manifestId);
    expect(await photograph(target.client)).toEqual(await photograph(source.client));
  });
});

function readDataset(path: string): Document[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => EJSON.parse(line, { relaxed: false }) as Document);
}
