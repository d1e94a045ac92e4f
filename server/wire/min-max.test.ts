import { Decimal128, Long, MaxKey, MinKey, ObjectId, type MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";

let server: TestServer;
let client: MongoClient;
/** One of each kind, in the server's order of `_id`. */
const IDS = [
  new MinKey(),
  -3,
  1.5,
  Long.fromNumber(2),
  Decimal128.fromString("2.5"),
  9,
  "",
  "a",
  "b",
  { a: 1 },
  new ObjectId("0".repeat(24)),
  new ObjectId("f".repeat(24)),
  false,
  true,
  new Date(0),
  new MaxKey(),
];

beforeAll(async () => {
  server = await startTestServer();
  client = server.client;
  const documents = IDS.map((_id, n) => ({ _id, n }));
  await client
    .db("test")
    .collection("mixed")
    .insertMany([...documents].reverse() as never[]);
});
afterAll(() => server.close());

async function numbers(find: Record<string, unknown>): Promise<number[]> {
  const reply = await client.db("test").command({ find: "mixed", ...find });
  return (reply.cursor.firstBatch as Array<{ n: number }>).map(({ n }) => n);
}

const onId = { hint: { _id: 1 }, sort: { _id: 1 } };
const from = (start: number, end: number): number[] => IDS.map((_, n) => n).slice(start, end);

describe("find with min and max", () => {
  it("keeps to the part of the index between two values of any types", async () => {
    for (let start = 0; start < IDS.length; start += 1) {
      for (let end = start + 1; end < IDS.length; end += 3) {
        const found = await numbers({ ...onId, min: { _id: IDS[start] }, max: { _id: IDS[end] } });
        expect(found).toEqual(from(start, end));
      }
      expect(await numbers({ ...onId, min: { _id: IDS[start] } })).toEqual(from(start, IDS.length));
      expect(await numbers({ hint: "_id_", max: { _id: IDS[start] } })).toEqual(from(0, start));
    }
  });

  it("takes values that are not there, filters, limits and the other direction", async () => {
    expect(await numbers({ ...onId, min: { _id: 1 }, max: { _id: 2.2 } })).toEqual([2, 3]);
    expect(await numbers({ ...onId, min: { _id: "0" }, max: { _id: "z" }, filter: { n: { $gt: 7 } } })).toEqual([8]);
    expect(await numbers({ ...onId, sort: { _id: -1 }, min: { _id: 0 }, max: { _id: 5 }, limit: 2 })).toEqual([4, 3]);
    expect(await numbers({ ...onId, min: { _id: 3 }, max: { _id: 5 } })).toEqual([]);
  });

  it("refuses what it cannot do exactly", async () => {
    const code = (find: Record<string, unknown>) =>
      client
        .db("test")
        .command({ find: "mixed", ...find })
        .then(
          () => 0,
          (error: { code: number }) => error.code,
        );
    expect(await code({ min: { _id: 1 } })).toBe(51173);
    expect(await code({ ...onId, min: { _id: 2 }, max: { _id: 1 } })).toBe(51175);
    expect(await code({ ...onId, min: { n: 1 } })).toBe(238);
    expect(await code({ ...onId, min: { _id: "x".repeat(2000) } })).toBe(238);
    expect(await code({ hint: { $natural: 1 }, min: { _id: 1 } })).toBe(238);
    expect(await code({ ...onId, min: 5 })).toBe(14);
  });

  it("reads on over many batches without a document twice or left out", async () => {
    const many = client.db("test").collection<{ _id: number }>("many");
    await many.insertMany(Array.from({ length: 6000 }, (_, i) => ({ _id: i })));
    const found = await many.find().hint({ _id: 1 }).min({ _id: 500 }).max({ _id: 5500 }).batchSize(777).toArray();
    expect(found.map(({ _id }) => _id)).toEqual(Array.from({ length: 5000 }, (_, i) => i + 500));
  });
});
