import { MongoNetworkError, MongoServerError, type Document } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { cursorReply, interceptCommands } from "../source/testing/intercept";
import { readServerFacts } from "./server-facts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** A server that says MongoDB's version and answers a find as this does. */
async function checksUuid(answer: () => Promise<Document>): Promise<boolean> {
  const other = interceptCommands(server.client, (command, run) => (command.find === undefined ? run() : answer()));
  return (await readServerFacts(other)).checksCollectionUuid;
}

describe("whether a server refuses another collection's UUID", () => {
  it("is found out from its answer: it does, from 6.0 on", async () => {
    expect((await readServerFacts(server.client)).checksCollectionUuid).toBe(true);
    const old = await startTestServer({ version: "5.0.29" });
    expect((await readServerFacts(old.client)).checksCollectionUuid).toBe(false);
    await old.close();
  });

  it("is denied where the field is ignored or refused", async () => {
    expect(await checksUuid(() => Promise.resolve(cursorReply([])))).toBe(false);
    const unknown = new MongoServerError({ message: "unknown field collectionUUID", code: 40415 });
    expect(await checksUuid(() => Promise.reject(unknown))).toBe(false);
  });

  it("is not guessed when the connection broke", async () => {
    await expect(checksUuid(() => Promise.reject(new MongoNetworkError("gone")))).rejects.toThrow("gone");
  });
});
