import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EmbeddedHost } from "@/server/jobs/host/host";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { seedDemo, type SeededDemo } from "./seed";

interface DemoFile {
  url: string;
  api: { publicKey: string; privateKey: string; orgId: string };
  users: Array<{ email: string; password: string; orgRoles: string[]; projectRoles: Record<string, string[]> }>;
  clusters: Array<{ groupId: string; name: string; tier: string; mongoDBVersion: string; connectionString: string }>;
}

let database: TestDatabase;
let host: EmbeddedHost;
let home: string;
let seeded: SeededDemo | null;
let demo: DemoFile;

beforeAll(async () => {
  database = await createTestDatabase();
  home = mkdtempSync(join(tmpdir(), "holdfast-seed-"));
  host = new EmbeddedHost({ db: database.db, home, testCommands: false });
  await host.start();
  seeded = await seed("http://127.0.0.1:7717");
  demo = JSON.parse(readFileSync(join(home, "demo.json"), "utf8")) as DemoFile;
}, 120_000);

afterAll(async () => {
  await host.stop();
  await database.close();
  rmSync(home, { recursive: true, force: true });
});

function seed(url: string): Promise<SeededDemo | null> {
  return seedDemo({ db: database.db, home, url, report: () => undefined });
}

async function withClient<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await new MongoClient(uri).connect();
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const byName = (name: string) => demo.clusters.find((cluster) => cluster.name === name)!;

describe("the demo", () => {
  it("writes demo.json for its owner alone, with everything that a script needs", () => {
    expect(statSync(join(home, "demo.json")).mode & 0o777).toBe(0o600);
    expect(seeded?.file).toBe(join(home, "demo.json"));
    expect(demo.url).toBe("http://127.0.0.1:7717");
    expect(demo.api.publicKey).toMatch(/^[a-z]{8}$/);
    expect(demo.clusters.map(({ tier, mongoDBVersion }) => `${tier} ${mongoDBVersion.slice(0, 3)}`)).toEqual([
      "M30 8.0",
      "M10 8.0",
      "M10 7.0",
      "M0 8.0",
      "FLEX 8.0",
    ]);
  });

  it("has an owner without project role, a Project Owner, a Backup Manager, a reader and an outsider", () => {
    const kinds = demo.users.map((user) => [...user.orgRoles, ...new Set(Object.values(user.projectRoles).flat())]);
    expect(kinds).toEqual([
      ["ORG_OWNER"],
      ["ORG_MEMBER", "GROUP_OWNER"],
      ["ORG_MEMBER", "GROUP_BACKUP_MANAGER"],
      ["ORG_MEMBER", "GROUP_READ_ONLY"],
      [],
    ]);
    expect(new Set(demo.users.map((user) => user.password)).size).toBe(demo.users.length);
  });

  it("fills the production cluster with about 200,000 documents of every kind", async () => {
    await withClient(byName("checkout-prod").connectionString, async (client) => {
      const shop = client.db("shop");
      const names = (await shop.listCollections().toArray()).map(({ name, type }) => `${name} ${type}`).sort();
      expect(names).toEqual(
        expect.arrayContaining([
          "activeCustomers view",
          "customers collection",
          "openOrders view",
          "orders collection",
        ]),
      );
      const counted = await Promise.all(
        ["customers", "orders", "products", "reviews", "sessions"].map((name) =>
          shop.collection(name).countDocuments(),
        ),
      );
      expect(counted.reduce((sum, count) => sum + count)).toBeGreaterThan(190_000);
      expect(await client.db("media").collection("receipts.files").countDocuments()).toBe(40);
      const indexes = await shop.collection("sessions").indexes();
      expect(indexes).toContainEqual(expect.objectContaining({ name: "ttl", expireAfterSeconds: 0 }));
      const duplicate = shop.collection("customers").insertOne({
        email: (await shop.collection("customers").findOne())!["email"],
        name: {},
        since: new Date(),
      });
      await expect(duplicate).rejects.toMatchObject({ code: 11_000 });
      await expect(shop.collection("customers").insertOne({ email: 1 })).rejects.toMatchObject({ code: 121 });
    });
  });

  it("gives connection strings of an ordinary user, who manages nothing", async () => {
    for (const { connectionString } of demo.clusters) {
      await withClient(connectionString, async (client) => {
        await client.db("try").collection("c").insertOne({ ok: true });
        const createUser = client.db("admin").command({ createUser: "x", pwd: "y", roles: [] });
        await expect(createUser).rejects.toMatchObject({ code: 13 });
      });
    }
  });

  it("notes in the portal what the servers say of themselves", async () => {
    const rows = await database.db.cluster.findMany({ orderBy: { name: "asc" } });
    expect(rows.map((row) => [row.name, row.state, row.reachable])).toEqual([
      ["checkout-prod", "IDLE", true],
      ["checkout-staging", "IDLE", true],
      ["loyalty", "IDLE", true],
      ["preview", "IDLE", true],
      ["sandbox", "IDLE", true],
    ]);
    expect(new Set(rows.map((row) => row.serverKey)).size).toBe(rows.length);
    expect(Number(rows[0]!.documentCount)).toBeGreaterThan(200_000);
  });

  it("is not made twice: a second start only writes the new address", async () => {
    await seed("http://127.0.0.1:8080");
    expect(await database.db.user.count()).toBe(5);
    const again = JSON.parse(readFileSync(join(home, "demo.json"), "utf8")) as DemoFile;
    expect(again).toEqual({ ...demo, url: "http://127.0.0.1:8080" });
  });
});
