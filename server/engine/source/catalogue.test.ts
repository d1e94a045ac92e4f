import { UUID } from "bson";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { readCatalogue, readDatabase } from "./catalogue";
import { cursorReply, interceptCommands } from "./testing/intercept";

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
  await server.client.db("shop").createCollection("orders");
});
afterEach(() => server.close());

it("temporary collections of aggregations are not the user's, and listed with what is reserved", async () => {
  const listed = (name: string, options: object) => ({ name, type: "collection", options, info: { uuid: new UUID() } });
  const client = interceptCommands(server.client, (command, run) =>
    command.listCollections
      ? cursorReply([listed("tmp.agg_out.1", { temp: true }), listed("orders", { capped: false })])
      : run(),
  );
  const options = { hasSessions: true };
  const namesOf = (entries: Array<{ name: string }>) => entries.map(({ name }) => name);
  expect(namesOf(await readCatalogue(client, options))).toEqual(["orders"]);
  const all = await readDatabase(client, "shop", { ...options, includeReserved: true });
  expect(namesOf(all)).toEqual(["orders", "tmp.agg_out.1"]);
});
