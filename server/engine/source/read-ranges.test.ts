import { setTimeout as pause } from "node:timers/promises";
import { serialize } from "bson";
import fc from "fast-check";
import { Binary, Double, ObjectId, type MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestRepository, restoreInto, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import type { DocumentEntry } from "../tree";
import { encodeIdKey } from "../bson/key";
import { ByteBudget } from "./byte-budget";
import { readKeyed } from "./keyed-documents";
import { RANGES_AT_ONCE, readRanges } from "./read-ranges";
import { idOf, isWorthRanges, splitIds } from "./split-ids";
import type { CatalogueEntry } from "./catalogue";

const entry = (n: number, bytes = 1): DocumentEntry => ({ key: Buffer.from([n]), doc: Buffer.alloc(bytes, n) });

describe("readRanges", () => {
  it("gives every range in order whatever the time that each takes, and opens only a few at once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 199 }), { maxLength: 12 }),
        fc.infiniteStream(fc.nat(3)),
        async (points, delays) => {
          const ends = points.sort((a, b) => a - b);
          const delay = async (): Promise<void> => {
            const ms = delays.next().value as number;
            if (ms > 0) await pause(ms);
          };
          let open = 0;
          let most = 0;
          async function* source(): AsyncGenerator<number> {
            for (const end of ends) {
              await delay();
              yield end;
            }
          }
          const groups = readRanges(source(), async function* ({ min = 0, max = 200 }) {
            most = Math.max(most, (open += 1));
            for (let n = min as number; n < (max as number); n += 40) {
              await delay();
              const count = Math.min(40, (max as number) - n);
              yield Array.from({ length: count }, (_, i) => entry(n + i));
            }
            open -= 1;
          });
          const found: number[] = [];
          for await (const group of groups) found.push(...group.map(({ key }) => key[0]!));
          expect(found).toEqual(Array.from({ length: 200 }, (_, n) => n));
          expect(most).toBeLessThanOrEqual(RANGES_AT_ONCE);
          expect(open).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("holds a bounded part of each range that is not in use", async () => {
    let read = 0;
    const groups = readRanges([1, 2, 3, 4, 5], async function* () {
      for (let n = 0; n < 100; n += 1) {
        read += 1;
        yield [entry(n, 1024 * 1024)];
      }
    });
    await groups.next();
    await pause(50);
    expect(read).toBeLessThanOrEqual(RANGES_AT_ONCE * 17 + 1);
    await groups.return(undefined);
  });

  it("throws what a range throws when its turn comes, and closes the others", async () => {
    const closed: number[] = [];
    const groups = readRanges([10, 20], async function* ({ min = 0 }) {
      try {
        yield [entry(min as number)];
        if (min === 10) throw new Error("the second");
        await pause(5);
        yield [entry((min as number) + 1)];
      } finally {
        closed.push(min as number);
      }
    });
    const found: number[] = [];
    const all = async (): Promise<void> => {
      for await (const group of groups) found.push(group[0]!.key[0]!);
    };
    await expect(all()).rejects.toThrow("the second");
    expect(found).toEqual([0, 1, 10]);
    expect(closed.sort((a, b) => a - b)).toEqual([0, 10, 20]);
  });
});

describe("ranges of a server's collection", () => {
  let server: TestServer;
  let client: MongoClient;
  beforeAll(async () => {
    server = await startTestServer();
    client = server.client;
  });
  afterAll(() => server.close());

  const source = (collection: string) => ({
    ...{ client, database: "shop", collection, readConcern: null, hasSessions: true },
    ...{ budget: new ByteBudget(64 * 1024 * 1024), signal: new AbortController().signal },
  });

  async function keysOf(groups: AsyncIterable<DocumentEntry[]>): Promise<string[]> {
    const keys: string[] = [];
    for await (const group of groups) keys.push(...group.map(({ key }) => key.toString("hex")));
    return keys;
  }

  it("are the collection, whatever the types of its ids and the places where it is cut", async () => {
    const ids = [
      -7,
      new Double(1.5),
      "a",
      "b",
      new ObjectId(),
      new Date(5),
      true,
      { a: 1 },
      new Binary(Buffer.from("x")),
    ];
    const documents = [...ids, ...Array.from({ length: 600 }, (_, i) => i * 3)].map((_id) => ({ _id }));
    await client
      .db("shop")
      .collection("mixed")
      .insertMany(documents as never[]);
    const whole = await keysOf(readKeyed(source("mixed"), "id"));
    expect(whole).toHaveLength(documents.length);
    for (const ends of [[], [300], [-100, 0, 299, 300, 5000, "a", "aa"], [new ObjectId("0".repeat(24)), true]]) {
      expect(await keysOf(readKeyed(source("mixed"), "id", ends))).toEqual(whole);
    }
  });

  it(
    "are cut by the tree of an older snapshot; both ways of reading give the same roots",
    { timeout: 120_000 },
    async () => {
      const [repository, target] = await Promise.all([openTestRepository(), startTestServer()]);
      const big = client.db("large").collection<{ _id: number; data: Binary }>("big");
      for (let at = 0; at < 1000; at += 100) {
        const data = (n: number) => new Binary(Buffer.alloc(80_000, n % 251));
        await big.insertMany(Array.from({ length: 100 }, (_, i) => ({ _id: at + i, data: data(at + i) })));
      }
      const first = await takeTestSnapshot(client, repository);
      const collectionOf = async (manifestId: string) =>
        (await repository.readManifest(manifestId)).members[0]!.collections.find(({ name }) => name === "big")!;
      const { layers, bytes, documents } = await collectionOf(first.manifestId);
      expect(isWorthRanges({ type: "collection" } as CatalogueEntry, { bytes, documents })).toBe(true);
      const older = { reader: repository.reader(), base: layers!.base };
      const ends: number[] = [];
      for await (const end of await splitIds({ ...source("big"), database: "large" }, { bytes, documents }, older)) {
        ends.push(Number(end));
      }
      expect(ends.length).toBeGreaterThanOrEqual(3);
      expect(ends).toEqual([...ends].sort((a, b) => a - b));
      await big.updateOne({ _id: 500 }, { $set: { data: new Binary(Buffer.from("changed")) } });
      await big.deleteOne({ _id: ends[0]! });
      const second = await takeTestSnapshot(client, repository, { basedOn: first.manifestId });
      const afresh = await takeTestSnapshot(client, await openTestRepository());
      expect(second).toMatchObject({ documents: 999 + 609, bytes: afresh.bytes });
      expect(second.storedBytes).toBeLessThan(5000);
      await restoreInto(target.client, repository, second.manifestId);
      expect(await target.client.db("large").collection("big").countDocuments()).toBe(999);
      await target.close();
    },
  );

  it("end only at ids that go to the server and back unchanged", async () => {
    const back = (_id: unknown): unknown => idOf(Buffer.from(serialize({ _id }, { ignoreUndefined: false })));
    for (const id of [5, 2.5, "text", new ObjectId(), new Date(7), new Binary(Buffer.from("x"))]) {
      const document = Buffer.from(serialize({ _id: id }));
      expect(encodeIdKey(Buffer.from(serialize({ _id: back(id) })))).toEqual(encodeIdKey(document));
    }
    for (const id of [{ a: 1 }, null, true, /x/, "x".repeat(300)]) expect(back(id)).toBeUndefined();
  });
});
