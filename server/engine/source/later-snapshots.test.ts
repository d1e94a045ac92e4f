import { serialize } from "bson";
import { Binary, Decimal128, Long, ObjectId, type MongoClient } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestRepository, photograph, restoreInto, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import type { CollectionManifest, Repository } from "../repository";
import { readObject } from "../storage";
import { MemoryStore } from "../storage/drivers/memory";
import { canonicalRoot, documentBatches, type Entry, type Layers } from "../tree";
import { silentProgress } from "./progress";
import type { SnapshotResult } from "./take-snapshot";
import { treeParams } from "./tree-params";

let source: TestServer;
let target: TestServer;
let client: MongoClient;
let repository: Repository;
beforeEach(async () => {
  [source, target, repository] = await Promise.all([startTestServer(), startTestServer(), openTestRepository()]);
  client = source.client;
});
afterEach(() => Promise.all([source.close(), target.close()]));

type Id = string | number | boolean | object | null;

interface Thing {
  _id: Id;
  version?: number;
  data?: Binary;
}

/** A filter by id: the driver's types know one kind of id for each collection. */
const byId = (id: Id): { _id: never } => ({ _id: id as never });

/** A document whose content hardly compresses, so that stored bytes are near the documents' own. */
function filled(id: Id, version: number, bytes = 400): Thing {
  const data = Buffer.alloc(bytes);
  let state = (version * 7919 + String(id).length + bytes) | 1;
  for (const char of String(id)) state = (Math.imul(state, 31) + char.charCodeAt(0)) | 0;
  for (let at = 0; at < bytes; at += 1) data[at] = (state = (Math.imul(state, 1103515245) + 12345) | 0) >>> 16;
  return { _id: id, version, data: new Binary(data) };
}

async function fill(name: string, count: number): Promise<void> {
  const documents = Array.from({ length: count }, (_, i) => filled(i, 0));
  for (let at = 0; at < count; at += 2000) {
    await client
      .db("shop")
      .collection<Thing>(name)
      .insertMany(documents.slice(at, at + 2000));
  }
}

/** Replaces one document in a hundred, at random places; returns their bytes. */
async function changeOnePercent(name: string, count: number, version: number): Promise<number> {
  let bytes = 0;
  const changes: Array<{ replaceOne: { filter: { _id: never }; replacement: Thing } }> = [];
  for (let n = 0; n < count / 100; n += 1) {
    const id = (Math.imul(n + version * 1000, 0x9e3779b1) >>> 0) % count;
    const replacement = filled(id, version);
    bytes += serialize(replacement).length;
    changes.push({ replaceOne: { filter: byId(id), replacement } });
  }
  await client.db("shop").collection<Thing>(name).bulkWrite(changes, { ordered: false });
  return bytes;
}

async function collectionOf({ manifestId }: SnapshotResult, name: string): Promise<CollectionManifest> {
  const manifest = await repository.readManifest(manifestId);
  return manifest.members[0]!.collections.find((one) => one.name === name)!;
}

/** The canonical root of what layers hold, worked out from their documents. */
async function streamedRoot({ layers, keying }: CollectionManifest): Promise<string | null> {
  async function* entries(of: Layers): AsyncGenerator<Entry> {
    for await (const batch of documentBatches(repository.reader(), of)) yield* batch;
  }
  const root = await canonicalRoot(entries(layers!), repository.hasher(), treeParams(repository, keying));
  return root.id?.toString("hex") ?? null;
}

/** Restores the snapshot and expects the source's whole state, byte for byte, and a report without problems. */
async function expectExact({ manifestId }: SnapshotResult): Promise<void> {
  await restoreInto(target.client, repository, manifestId);
  expect(await photograph(target.client)).toEqual(await photograph(client));
  const report = await repository.verify(manifestId, { signal: new AbortController().signal });
  expect(report.problems).toEqual([]);
}

describe("a later snapshot", () => {
  it("of an unchanged cluster stores nothing and keeps the same layers", { timeout: 120_000 }, async () => {
    await fill("things", 10_000);
    const first = await takeTestSnapshot(client, repository);
    const again = await takeTestSnapshot(client, repository, { basedOn: first.manifestId });
    expect(again).toMatchObject({ documents: 10_000, bytes: first.bytes, storedBytes: 0, mergedBytes: 0 });
    expect(await collectionOf(again, "things")).toEqual(await collectionOf(first, "things"));
    // Also where the older one has deltas.
    await changeOnePercent("things", 10_000, 1);
    const changed = await takeTestSnapshot(client, repository, { basedOn: again.manifestId });
    const still = await takeTestSnapshot(client, repository, { basedOn: changed.manifestId });
    expect(still).toMatchObject({ storedBytes: 0, mergedBytes: 0 });
    expect(await collectionOf(still, "things")).toEqual(await collectionOf(changed, "things"));
    await expectExact(still);
  });

  it("stores at most 3 times the changed documents, again and again; merges apart", { timeout: 300_000 }, async () => {
    const count = 8_000;
    await fill("things", count);
    let newest = await takeTestSnapshot(client, repository);
    const dataBytes = newest.bytes;
    let merged = 0;
    const shapes: number[] = [];
    for (let version = 1; version <= 14; version += 1) {
      const changedBytes = await changeOnePercent("things", count, version);
      newest = await takeTestSnapshot(client, repository, { basedOn: newest.manifestId });
      expect(newest.documents).toBe(count);
      expect(newest.storedBytes - newest.mergedBytes).toBeLessThan(3 * changedBytes);
      merged += newest.mergedBytes;
      const { layers, root } = await collectionOf(newest, "things");
      shapes.push(layers!.deltas.length);
      if (layers!.deltas.length > 0) expect(root).toBe(await streamedRoot(await collectionOf(newest, "things")));
      if (version === 1 || version === 7 || version === 14) await expectExact(newest);
    }
    // There were deltas, and once a new base took their place.
    expect(Math.max(...shapes)).toBeGreaterThan(0);
    expect(shapes.slice(1)).toContain(0);
    expect(merged).toBeGreaterThan(dataBytes);
    expect(merged).toBeLessThan(3 * dataBytes);
  });

  it("holds exactly what is there after drops, renames and recreations", { timeout: 120_000 }, async () => {
    const db = client.db("shop");
    for (const name of ["kept", "dropped", "renamed", "recreated", "emptied"]) await fill(name, 1500);
    await db.createCollection("empty");
    const first = await takeTestSnapshot(client, repository);
    await db.dropCollection("dropped");
    await db.collection("renamed").rename("other");
    await db.dropCollection("recreated");
    await db.collection<Thing>("recreated").insertMany(Array.from({ length: 300 }, (_, i) => filled(`s${i}`, 1)));
    await db.collection("emptied").deleteMany({});
    await db.collection<Thing>("empty").insertOne(filled(1, 0));
    await db.collection<Thing>("added").insertMany(Array.from({ length: 1500 }, (_, i) => filled(i, 0)));
    const second = await takeTestSnapshot(client, repository, { basedOn: first.manifestId });
    expect(await collectionOf(second, "other")).toMatchObject({
      layers: (await collectionOf(first, "renamed")).layers,
    });
    await expectExact(second);
    // What equals something that is stored, wherever, costs nothing.
    expect(second.storedBytes).toBeLessThan(300 * 500 * 1.5);
    const third = await takeTestSnapshot(client, repository, { basedOn: second.manifestId });
    expect(third.storedBytes).toBe(0);
    await expectExact(third);
  });

  it("compares ids of every type, collated and capped collections", { timeout: 120_000 }, async () => {
    const db = client.db("shop");
    const ids = [1, "1", Long.fromNumber(2), 2.5, Decimal128.fromString("3"), new ObjectId(), new Date(5), true, null];
    const mixed = db.collection<Thing>("mixed");
    await mixed.insertMany(
      [...ids, { a: 1 }, { a: { b: [1, 2] } }, new Binary(Buffer.from("x"))].map((id) => filled(id, 0)),
    );
    await mixed.insertMany(Array.from({ length: 3000 }, (_, i) => filled(`text ${i}`, 0)));
    await db.createCollection("collated", { collation: { locale: "en", strength: 2 } });
    const words = Array.from({ length: 2000 }, (_, i) => filled(`${i % 2 ? "B" : "a"}${i}`, 0));
    await db.collection<Thing>("collated").insertMany(words);
    await db.createCollection("log", { capped: true, size: 2_000_000 });
    await db.collection<Thing>("log").insertMany(Array.from({ length: 3000 }, (_, i) => filled(i, 0)));
    const first = await takeTestSnapshot(client, repository);
    await mixed.replaceOne(byId({ a: 1 }), filled({ a: 1 }, 1));
    // Equal to the old id by the rules of comparing, with other bytes.
    await mixed.deleteOne(byId(1));
    await mixed.insertOne(filled(Long.fromNumber(1), 0));
    await mixed.deleteOne(byId(null));
    await db.collection<Thing>("collated").replaceOne(byId("B17"), filled("B17", 1));
    await db.collection<Thing>("log").insertMany(Array.from({ length: 20 }, (_, i) => filled(`later ${i}`, 0)));
    const second = await takeTestSnapshot(client, repository, { basedOn: first.manifestId });
    for (const name of ["mixed", "collated", "log"]) {
      const collection = await collectionOf(second, name);
      expect(collection.layers!.deltas).toHaveLength(1);
      expect(collection.root).toBe(await streamedRoot(collection));
    }
    await expectExact(second);
    // The ring goes round: every position has another document.
    await db.collection<Thing>("log").insertMany(Array.from({ length: 3000 }, (_, i) => filled(`round ${i}`, 0)));
    const third = await takeTestSnapshot(client, repository, { basedOn: second.manifestId });
    expect((await collectionOf(third, "log")).layers!.deltas).toEqual([]);
    await expectExact(third);
  });

  it("turns to a new base where most changed, reading the source once", { timeout: 120_000 }, async () => {
    await fill("things", 6000);
    const first = await takeTestSnapshot(client, repository);
    await client
      .db("shop")
      .collection<Thing>("things")
      .updateMany(byId({ $gte: 3000 }), { $set: { version: 9 } });
    const second = await takeTestSnapshot(client, repository, { basedOn: first.manifestId });
    expect((await collectionOf(second, "things")).layers!.deltas).toEqual([]);
    expect(second.storedBytes).toBeLessThan(first.storedBytes * 0.8);
    await expectExact(second);
  });

  it("does not rest on what is damaged in the older one", { timeout: 120_000 }, async () => {
    const store = new MemoryStore();
    repository = await openTestRepository(store);
    await fill("things", 6000);
    const first = await takeTestSnapshot(client, repository);
    for await (const { name } of store.list("packs/")) {
      const pack = await readObject(store, name);
      // Several leaves, so that most of what did not change lies beside damage.
      for (let at = 100_000; at < pack.length - 100_000; at += 700_000) pack[at]! ^= 1;
      await store.delete(name);
      await store.put(name, pack);
    }
    const damaged = await repository.verify(first.manifestId, { signal: new AbortController().signal });
    expect(damaged.ok).toBe(false);
    // Only in the first half, so that the leaves of the second one are equal and not compared.
    await changeOnePercent("things", 3000, 1);
    const logged: string[] = [];
    const progress = loggingTo(logged);
    const second = await takeTestSnapshot(client, repository, { basedOn: first.manifestId, progress });
    expect(logged.join()).toContain("shop.things: the older snapshot cannot be compared with");
    await expectExact(second);
    // The same nodes at their new places serve the older snapshot too.
    const healed = await repository.verify(first.manifestId, { signal: new AbortController().signal });
    expect(healed.problemCount).toBeLessThan(damaged.problemCount);
  });

  it(
    "is whole when packs of several collections are gone, also of those that did not change",
    { timeout: 120_000 },
    async () => {
      const store = new MemoryStore();
      repository = await openTestRepository(store);
      await fill("things", 3000);
      await fill("others", 3000);
      const first = await takeTestSnapshot(client, repository);
      for await (const { name } of store.list("packs/")) await store.delete(name);
      await changeOnePercent("things", 3000, 1);
      const second = await takeTestSnapshot(client, repository, { basedOn: first.manifestId });
      await expectExact(second);
      const report = await repository.verify(second.manifestId, { signal: new AbortController().signal });
      expect(report).toMatchObject({ ok: true, problems: [] });
    },
  );

  it("is whole when the older one cannot be read any more", { timeout: 120_000 }, async () => {
    await fill("things", 2000);
    const first = await takeTestSnapshot(client, repository);
    await repository.deleteManifest(first.manifestId);
    const logged: string[] = [];
    const progress = loggingTo(logged);
    const second = await takeTestSnapshot(client, repository, { basedOn: first.manifestId, progress });
    expect(logged.join()).toContain("cannot be compared");
    await expectExact(second);
  });
});

function loggingTo(logged: string[]) {
  return { ...silentProgress, log: (_topic: string, text: string) => void logged.push(text) };
}
