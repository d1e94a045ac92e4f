import { MongoClient } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inspectDeployment } from "@/server/deployments/inspect";
import { PORTAL_ROLES } from "@/server/deployments/provision-user";
import { WriteLock } from "@/server/deployments/write-lock";
import { openTestRepository, photograph, restoreInto, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import type { Repository } from "../repository";

let repository: Repository;
let servers: TestServer[] = [];
let clients: MongoClient[] = [];
beforeEach(async () => {
  repository = await openTestRepository();
});
afterEach(async () => {
  for (const client of clients) await client.close();
  for (const server of servers) await server.close();
  [servers, clients] = [[], []];
});

async function start(over: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(over);
  servers.push(server);
  return server;
}

async function signIn(server: TestServer, user: string, roles: string[]): Promise<MongoClient> {
  await server.client.db("admin").command({ createUser: user, pwd: "p", roles });
  const uri = `mongodb://${user}:p@127.0.0.1:${new URL(server.uri).port}/?directConnection=true`;
  const client = await new MongoClient(uri, { retryWrites: false, serverMonitoringMode: "poll" }).connect();
  clients.push(client);
  return client;
}

describe("a restore under the write block", () => {
  it(
    "works with the provisioned user's roles, and every outside write meanwhile is refused",
    { timeout: 120_000 },
    async () => {
      const [source, target] = [await start(), await start()];
      const names = Array.from({ length: 5000 }, (_, n) => ({ n, text: "x".repeat(200), at: new Date(n) }));
      await source.client.db("shop").collection("people").insertMany(names);
      await source.client.db("shop").collection("people").createIndex({ at: 1 }, { expireAfterSeconds: 2_000_000_000 });
      await source.client.db("shop").createCollection("strict", { validator: { a: { $exists: true } } });
      await source.client.db("shop").createCollection("view", { viewOn: "people", pipeline: [] });
      await target.client.db("shop").collection("people").insertOne({ old: true });
      const roles = PORTAL_ROLES.map(({ role }) => role);
      const { manifestId } = await takeTestSnapshot(await signIn(source, "portal", roles), repository);

      const portal = await signIn(target, "portal", roles);
      const app = await signIn(target, "app", ["readWriteAnyDatabase"]);
      const lock = await WriteLock.acquire(portal, { runId: "0".repeat(24), owner: "test", reason: "test" });
      const answers = new Set<unknown>();
      let reads = 0;
      let running = true;
      const outside = (async () => {
        while (running) {
          await app
            .db("shop")
            .collection("people")
            .insertOne({ outside: true })
            .then(
              () => answers.add("written"),
              (error: { code: unknown }) => answers.add(error.code),
            );
          await app.db("shop").collection("people").findOne({});
          reads += 1;
        }
      })();
      await restoreInto(portal, repository, manifestId);
      running = false;
      await outside;
      await lock.release();

      expect([...answers]).toEqual([371]);
      expect(reads).toBeGreaterThan(2);
      expect(await photograph(target.client)).toEqual(await photograph(source.client));
      await app.db("shop").collection("people").insertOne({ after: true });
      expect((await inspectDeployment(portal)).userWriteBlock).toBe("off");
    },
  );
});

describe("servers of other releases", () => {
  it("4.4 gets its expiry put off while building, and the true one at the end", async () => {
    const [source, target] = [
      await start({ version: "4.4.29", fcv: "4.4" }),
      await start({ version: "4.4.29", fcv: "4.4" }),
    ];
    await source.client
      .db("shop")
      .collection("a")
      .insertMany([{ at: new Date() }, { at: new Date() }]);
    await source.client.db("shop").collection("a").createIndex({ at: 1 }, { name: "ttl", expireAfterSeconds: 86_400 });
    const { manifestId } = await takeTestSnapshot(source.client, repository);
    const parked: unknown[] = [];
    await restoreInto(target.client, repository, manifestId, {
      onPoint: async (point) => {
        if (point !== "proven") return;
        const [staging] = await target.client.db("shop").listCollections({}, { nameOnly: true }).toArray();
        const specs = await target.client.db("shop").collection(staging!.name).listIndexes().toArray();
        parked.push(specs.find(({ name }) => name === "ttl")?.expireAfterSeconds);
      },
    });
    expect(parked).toEqual([2_147_483_647]);
    expect(await photograph(target.client)).toEqual(await photograph(source.client));
  });
});

describe("a collection with a collation of its own", () => {
  it("comes back whole, although the server's order of _id is not ours", async () => {
    const [source, target] = [await start(), await start()];
    await source.client.db("shop").createCollection("names", { collation: { locale: "en", strength: 2 } });
    const ids = ["b", "A", "C", "a1", "Z", "y", "é", "E", "f"];
    await source.client
      .db("shop")
      .collection<{ _id: string }>("names")
      .insertMany(ids.map((_id) => ({ _id })));
    await source.client
      .db("shop")
      .collection("names")
      .createIndex({ x: 1 }, { name: "simple", collation: { locale: "simple" } });
    const { manifestId } = await takeTestSnapshot(source.client, repository);
    const result = await restoreInto(target.client, repository, manifestId);
    expect(result.collections).toMatchObject([{ name: "names", documents: 9 }]);
    expect(await photograph(target.client)).toEqual(await photograph(source.client));
  });
});
