import { MongoServerError, type CollectionInfo, type MongoClient } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { openTestRepository, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import type { Repository } from "../repository";
import { silentProgress } from "./progress";
import type { SnapshotPoint } from "./points";
import type { SnapshotResult } from "./take-snapshot";
import { cursorReply, interceptCommands } from "./testing/intercept";

const COUNT = 1000;
const plain = { version: "6.0.0", fcv: "6.0", fcvPinned: false, setName: "rs", supports: { snapshotReads: false } };
const withMoments = { ...plain, supports: { snapshotReads: true } };

let server: TestServer;
let client: MongoClient;
let repository: Repository;
beforeEach(async () => {
  [server, repository] = await Promise.all([startTestServer(), openTestRepository()]);
  client = server.client;
  await fill("orders");
});
afterEach(() => server.close());

async function fill(name: string): Promise<void> {
  const documents = Array.from({ length: COUNT }, (_, _id) => ({ _id }));
  await client.db("shop").collection<{ _id: number }>(name).insertMany(documents);
}

/** Does something the first time that a snapshot reaches a point. */
function once(wanted: SnapshotPoint, change: () => Promise<unknown>): (point: SnapshotPoint) => Promise<void> {
  let isDone = false;
  return async (point) => {
    if (point !== wanted || isDone) return;
    isDone = true;
    await change();
  };
}

async function countsOf({ manifestId }: SnapshotResult): Promise<Record<string, number>> {
  const { members } = await repository.readManifest(manifestId);
  return Object.fromEntries(members[0]!.collections.map(({ name, documents }) => [name, documents]));
}

/**
 * MongoDB before 7.0: a find at a moment looks the name up in the catalogue of now, and where there is nothing, answers
 * with no documents (5.0, db_raii.cpp: a collection that does not exist needs no check for pending catalog changes).
 */
function withoutCatalogueOfMoment(real: MongoClient): MongoClient {
  return interceptCommands(real, async (command, run, db) => {
    if (typeof command.find !== "string") return run();
    const [found] = await db.listCollections({ name: command.find }, { nameOnly: true }).toArray();
    if (found) return run();
    return cursorReply([]);
  });
}

const rename = () => client.db("shop").renameCollection("orders", "orders2024");

describe("a collection that goes away before it is read", () => {
  it("by another name, is read under that one in a new try", async () => {
    const lines: string[] = [];
    const progress = { ...silentProgress, log: (_topic: string, text: string) => void lines.push(text) };
    const onPoint = once("catalogue-read", rename);
    const snapshot = await takeTestSnapshot(client, repository, { facts: plain, progress, onPoint });
    expect(await countsOf(snapshot)).toEqual({ orders2024: COUNT });
    expect(lines).toEqual([expect.stringMatching(/shop\.orders.*starts over/)]);
  });

  it("for good, is not in the snapshot", async () => {
    const onPoint = once("catalogue-read", () => client.db("shop").collection("orders").drop());
    expect(await countsOf(await takeTestSnapshot(client, repository, { facts: plain, onPoint }))).toEqual({});
  });

  it("and leaves its name to another one, is not taken for it", async () => {
    await fill("replacement");
    const onPoint = once("catalogue-read", async () => {
      await client.db("shop").collection("orders").drop();
      await client.db("shop").collection("orders").insertOne({ n: 1 });
    });
    const snapshot = await takeTestSnapshot(client, repository, { facts: plain, onPoint });
    const { members } = await repository.readManifest(snapshot.manifestId);
    const [orders] = members[0]!.collections;
    const [now] = await client.db("shop").listCollections({ name: "orders" }, { nameOnly: false }).toArray();
    expect(orders).toMatchObject({ documents: 1, uuid: (now as CollectionInfo).info!.uuid!.toString("hex") });
  });

  it("and leaves its name to a view, is not taken for that", async () => {
    await fill("replacement");
    const onPoint = once("catalogue-read", async () => {
      await client.db("shop").collection("orders").drop();
      await client.db("shop").createCollection("orders", { viewOn: "replacement", pipeline: [] });
    });
    const snapshot = await takeTestSnapshot(client, repository, { facts: plain, onPoint });
    const { members } = await repository.readManifest(snapshot.manifestId);
    expect(members[0]!.collections.find(({ name }) => name === "orders")).toMatchObject({ type: "view", documents: 0 });
  });

  it("again and again, fails the snapshot by its name", async () => {
    let name = "orders";
    const onPoint = async (point: SnapshotPoint): Promise<void> => {
      if (point !== "catalogue-read") return;
      await client.db("shop").renameCollection(name, `${name}x`);
      name = `${name}x`;
    };
    const failed = takeTestSnapshot(client, repository, { facts: plain, onPoint });
    await expect(failed).rejects.toSatisfy(
      (error) =>
        isDomainError(error, "SNAPSHOT_SOURCE_CHANGED") && String(error.params.namespace).startsWith("shop.orders"),
    );
  });
});

describe("collections that go away all the time", () => {
  /** The first collection in order, of many that live for a moment each, is gone when it is its turn. */
  const dropFirst = (): ((point: SnapshotPoint) => Promise<void>) => {
    let run = 0;
    return async (point) => {
      if (point !== "catalogue-read") return;
      await client.db("shop").collection(`job${run}`).drop();
      run += 1;
      await fill(`job${run}`);
    };
  };

  it("are left out and named where there is no moment, and the others are stored", async () => {
    await fill("job0");
    const snapshot = await takeTestSnapshot(client, repository, { facts: plain, onPoint: dropFirst() });
    expect(await countsOf(snapshot)).toEqual({ orders: COUNT });
    expect(snapshot).toMatchObject({ consistent: false, inconsistentReason: expect.stringContaining("shop.job2") });
  });

  it("fail the snapshot where it is to be of one moment", async () => {
    await fill("job0");
    const old = withoutCatalogueOfMoment(client);
    const failed = takeTestSnapshot(old, repository, { facts: withMoments, onPoint: dropFirst() });
    await expect(failed).rejects.toSatisfy((error) => isDomainError(error, "SNAPSHOT_SOURCE_CHANGED"));
  });
});

describe("a collection that goes away after its moment", () => {
  it("is never stored as empty where the server looks names up in the catalogue of now", async () => {
    const onPoint = once("catalogue-read", rename);
    const old = withoutCatalogueOfMoment(client);
    const snapshot = await takeTestSnapshot(old, repository, { facts: withMoments, onPoint });
    expect(await countsOf(snapshot)).toEqual({ orders2024: COUNT });
    expect(snapshot.consistent).toBe(true);
  });

  it("is read as it was where the server knows the catalogue of the moment", async () => {
    const onPoint = once("catalogue-read", rename);
    expect(await countsOf(await takeTestSnapshot(client, repository, { onPoint }))).toEqual({ orders: COUNT });
  });
});

describe("a capped collection whose oldest documents are overwritten under their reader", () => {
  /** Its position is lost in the first getMore of so many readers (CappedPositionLost). */
  async function withLostPositions(times: number): Promise<{ losing: MongoClient; lost: () => number }> {
    await client.db("shop").createCollection("log", { capped: true, size: 1024 * 1024 });
    const documents = Array.from({ length: COUNT }, (_, _id) => ({ _id }));
    await client.db("shop").collection<{ _id: number }>("log").insertMany(documents);
    let lost = 0;
    const losing = interceptCommands(client, (command, run) => {
      if (command.getMore === undefined || command.collection !== "log" || lost === times) return run();
      lost += 1;
      return Promise.reject(new MongoServerError({ message: "the position was deleted", code: 136 }));
    });
    return { losing, lost: () => lost };
  }

  it("is read again", async () => {
    const { losing, lost } = await withLostPositions(2);
    let tries = 0;
    const onPoint = (point: SnapshotPoint): void => void (tries += point === "catalogue-read" ? 1 : 0);
    const snapshot = await takeTestSnapshot(losing, repository, { facts: plain, onPoint });
    expect(await countsOf(snapshot)).toEqual({ log: COUNT, orders: COUNT });
    expect([lost(), tries]).toEqual([2, 1]);
  });

  it("again and again, fails the snapshot by its name", async () => {
    const { losing } = await withLostPositions(Infinity);
    const failed = takeTestSnapshot(losing, repository, { facts: plain });
    await expect(failed).rejects.toSatisfy(
      (error) => isDomainError(error, "SNAPSHOT_SOURCE_CHANGED") && error.params.namespace === "shop.log",
    );
  });
});

it("what goes away after it was read, or appears meanwhile, holds nothing up", async () => {
  let tries = 0;
  const onPoint = async (point: SnapshotPoint): Promise<void> => {
    if (point === "catalogue-read") tries += 1;
    if (point === "catalogue-read") await fill("appeared");
    if (point === "collections-read") await rename();
  };
  const snapshot = await takeTestSnapshot(client, repository, { facts: plain, onPoint });
  expect(await countsOf(snapshot)).toEqual({ orders: COUNT });
  expect(tries).toBe(1);
});

it("what a try had counted before it was given up is taken back from the progress", async () => {
  // More than are read at once: some are complete when the turn of the renamed one comes.
  for (const name of ["a", "b", "c", "d", "e"]) await fill(name);
  let documents = 0;
  const progress = { ...silentProgress, advance: (done: { documents: number }) => void (documents += done.documents) };
  const onPoint = once("catalogue-read", rename);
  await takeTestSnapshot(client, repository, { facts: plain, progress, onPoint });
  expect(documents).toBe(6 * COUNT);
});
