import type { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ByteBudget } from "../source/byte-budget";
import { readBatches } from "../source/collection-reader";
import { insertRaw } from "./raw-insert";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { rawOddities } from "@/server/testing/sample-deployments";

let server: TestServer;
let client: MongoClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.client;
});
afterAll(() => server.close());

async function readAll(collection: string): Promise<Buffer[]> {
  const found: Buffer[] = [];
  const batches = readBatches({
    client,
    database: "raw",
    collection,
    order: "id",
    readConcern: null,
    hasSessions: true,
    budget: new ByteBudget(64 * 1024 * 1024),
    signal: new AbortController().signal,
  });
  for await (const batch of batches) found.push(...batch.documents.map((document) => Buffer.from(document)));
  return found;
}

it("writes and reads names twice, broken UTF-8 and old types as the bytes they are", async () => {
  const documents = rawOddities();
  await insertRaw(client.db("raw"), "odd", documents, { ordered: false, bypassEmptyTsReplacement: true });
  expect(await readAll("odd")).toEqual(documents);
});

it("tells a duplicate, and says so with the server's code", async () => {
  const [one] = rawOddities();
  await insertRaw(client.db("raw"), "twice", [one!], { ordered: false });
  await expect(insertRaw(client.db("raw"), "twice", [one!], { ordered: false })).rejects.toMatchObject({ code: 11000 });
});

it("writes a thousand documents in one command", async () => {
  const [template] = rawOddities();
  const documents = Array.from({ length: 1000 }, (_, i) => {
    const copy = Buffer.from(template!);
    copy.writeInt32LE(i, 4 + 1 + 4);
    return copy;
  });
  await insertRaw(client.db("raw"), "many", documents, { ordered: true, writeConcern: { w: "majority" } });
  expect(await readAll("many")).toEqual(documents);
});
