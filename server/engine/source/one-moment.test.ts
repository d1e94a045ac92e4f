import type { MongoClient } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findElement } from "../bson/document";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { openTestRepository, takeTestSnapshot, testSnapshotOptions } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import type { Repository } from "../repository";
import { documentBatches } from "../tree";
import { SNAPSHOT_POINTS } from "./points";
import { takeSnapshot } from "./take-snapshot";

let server: TestServer;
let client: MongoClient;
let repository: Repository;
beforeEach(async () => {
  [server, repository] = await Promise.all([startTestServer(), openTestRepository()]);
  client = server.client;
});
afterEach(() => server.close());

/** Inserts and deletes the same number in two collections, in this order, until told to stop. */
function startPairWriter(): { stop(): Promise<number> } {
  let running = true;
  let pairs = 0;
  const work = (async () => {
    for (let n = 0; running; n += 1) {
      const session = client.startSession();
      await session.withTransaction(async () => {
        await client.db("bank").collection("left").insertOne({ n }, { session });
        await client.db("bank").collection("right").insertOne({ n }, { session });
        if (n > 20) {
          await client
            .db("bank")
            .collection("right")
            .deleteOne({ n: n - 20 }, { session });
          await client
            .db("bank")
            .collection("left")
            .deleteOne({ n: n - 20 }, { session });
        }
      });
      await session.endSession();
      pairs += 1;
    }
  })();
  return {
    stop: async () => {
      running = false;
      await work;
      return pairs;
    },
  };
}

async function numbersIn(manifestId: string, collection: string): Promise<number[]> {
  const manifest = await repository.readManifest(manifestId);
  const found = manifest.members[0]!.collections.find(({ name }) => name === collection)!;
  const numbers: number[] = [];
  for await (const batch of documentBatches(repository.reader(), found.layers!)) {
    for (const { doc } of batch) numbers.push(doc.readInt32LE(findElement(doc, "n")!.start));
  }
  return numbers.sort((a, b) => a - b);
}

describe("one moment", () => {
  it("never holds half a pair, and holds no writer up", { timeout: 120_000 }, async () => {
    for (const name of ["aaa", "left", "middle", "right"]) {
      const filler = Array.from({ length: 3000 }, (_, i) => ({ n: -1 - i, filler: "x".repeat(500) }));
      await client.db("bank").collection(name).insertMany(filler);
    }
    const writer = startPairWriter();
    const manifests: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const snapshot = await takeTestSnapshot(client, repository);
      expect(snapshot.inconsistentReason).toBeUndefined();
      expect(snapshot.clusterTime).not.toBeNull();
      manifests.push(snapshot.manifestId);
    }
    expect(await writer.stop()).toBeGreaterThan(20);
    const seen = new Set<string>();
    for (const manifestId of manifests) {
      const left = await numbersIn(manifestId, "left");
      expect(await numbersIn(manifestId, "right")).toEqual(left);
      seen.add(JSON.stringify(left));
    }
    expect(seen.size).toBe(3);
  });

  it("that cannot be had is said in the manifest", async () => {
    await client.db("bank").collection("left").insertOne({ n: 1 });
    const facts = {
      version: "4.4.29",
      fcv: "4.4",
      fcvPinned: false,
      setName: null,
      supports: { snapshotReads: false },
    };
    const { manifestId, ...snapshot } = await takeSnapshot({ ...testSnapshotOptions(client, repository), facts });
    expect(snapshot).toMatchObject({ consistent: false, clusterTime: null });
    expect(await repository.readManifest(manifestId)).toMatchObject({
      consistent: false,
      inconsistentReason: "The server (4.4.29, not a replica set) cannot read at one moment.",
    });
  });
});

describe("a snapshot that is stopped", () => {
  it.each(SNAPSHOT_POINTS.filter((point) => point !== "manifest-written"))(
    "at %s leaves no manifest",
    async (point) => {
      await client
        .db("bank")
        .collection("left")
        .insertMany([{ n: 1 }, { n: 2 }]);
      const stop = new AbortController();
      const options = testSnapshotOptions(client, repository);
      const stopped = takeSnapshot({
        ...options,
        signal: stop.signal,
        onPoint: (reached) => {
          if (reached === point) stop.abort(new DomainError("RUN_CANCELLED"));
          if (reached === point) throw new DomainError("RUN_CANCELLED");
        },
      });
      await expect(stopped).rejects.toSatisfy((error) => isDomainError(error, "RUN_CANCELLED"));
      const manifests: string[] = [];
      for await (const id of repository.listManifests()) manifests.push(id);
      expect(manifests).toEqual([]);
    },
  );

  it("by its signal ends within two seconds", async () => {
    const filler = Array.from({ length: 20_000 }, (_, i) => ({ n: i, filler: "x".repeat(1000) }));
    await client.db("bank").collection("left").insertMany(filler);
    const stop = new AbortController();
    const running = takeTestSnapshot(client, repository, { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    const startedAt = performance.now();
    await expect(running).rejects.toSatisfy((error) => isDomainError(error, "RUN_CANCELLED"));
    expect(performance.now() - startedAt).toBeLessThan(2050);
  });
});
