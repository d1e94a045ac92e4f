import type { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { openDeployment } from "./deployment";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { inspectDeployment, parseVersion } from "./inspect";
import { capabilityNotes } from "./notes";
import { evaluatePrivileges } from "./privileges";
import { PORTAL_ROLES, provisionUserScript } from "./provision-user";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ version: "7.0.14", fcv: "6.0" });
  const admin = server.client.db("admin");
  const roles = PORTAL_ROLES.map(({ role }) => ({ role, db: "admin" }));
  await admin.command({ createUser: "holdfast", pwd: "p", roles });
  await admin.command({ createUser: "reader", pwd: "p", roles: [{ role: "read", db: "shop" }] });
  await admin.command({ createUser: "app", pwd: "p", roles: ["readWriteAnyDatabase"] });
  await server.client
    .db("shop")
    .collection("c")
    .insertMany([{ a: 1 }, { a: 2 }]);
});
afterAll(() => server.close());

async function as<T>(user: string, password: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const port = new URL(server.uri).port;
  const deployment = openDeployment({
    connectionString: `mongodb://${user}:${password}@127.0.0.1:${port}/?directConnection=true`,
    kind: "external",
    timeoutMs: 3000,
  });
  try {
    return await work(await deployment.client());
  } finally {
    await deployment.close();
  }
}

describe("inspectDeployment", () => {
  it("reads the facts from the server, as the user of the provisioning script", async () => {
    const facts = await as("holdfast", "p", inspectDeployment);
    expect(facts).toMatchObject({
      version: "7.0.14",
      fcv: { version: "6.0", pinned: true },
      topology: "replicaSet",
      setName: "rs0",
      user: { user: "holdfast", database: "admin" },
      authorizationEnabled: true,
      userWriteBlock: "off",
      documents: 2,
      supports: { snapshotReads: true, oplog: true, transactions: true, writeBlock: true },
      notes: [],
    });
    expect(facts.privileges).toEqual({
      read: true,
      write: true,
      setWriteBlock: true,
      bypassWriteBlock: true,
      viewUsers: true,
      missing: [],
    });
    expect(facts.usersWhoBypass).toEqual([{ user: "root", database: "admin", through: "root" }]);
    expect(facts.dataBytes).toBeGreaterThan(0);
  });

  it("gives the same server key whoever asks", async () => {
    const one = await as("holdfast", "p", inspectDeployment);
    const other = await inspectDeployment(server.client);
    expect(one.serverKey).toBe(other.serverKey);
  });

  it("says what an ordinary application user lacks", async () => {
    const facts = await as("app", "p", inspectDeployment);
    expect(facts.privileges).toMatchObject({ read: true, setWriteBlock: false, bypassWriteBlock: false });
    expect(facts.privileges.missing).toContain("setUserWriteBlockMode on the cluster");
  });

  it("tells wrong credentials and missing privileges apart", async () => {
    await expect(as("holdfast", "wrong", inspectDeployment)).rejects.toSatisfy((error) =>
      isDomainError(error, "CLUSTER_AUTHENTICATION_FAILED"),
    );
    await expect(as("reader", "p", inspectDeployment)).rejects.toSatisfy((error) =>
      isDomainError(error, "CLUSTER_PRIVILEGE_MISSING"),
    );
  });
});

describe("facts that need no server", () => {
  it.each([
    ["8.0.4", [8, 0, 4, 0], [8, 0, 4]],
    ["4.4.18-16", undefined, [4, 4, 18]],
    ["9.0.0-rc1", undefined, [9, 0, 0]],
    ["nonsense", undefined, [0, 0, 0]],
  ])("parses the version %s", (version, array, expected) => {
    expect(parseVersion(version, array).slice(0, 3)).toEqual(expected);
  });

  it("every privilege may come from a resource that means everything", () => {
    const all = evaluatePrivileges([{ resource: { anyResource: true }, actions: ["anyAction"] }]);
    expect(all.read).toBe(true);
    expect(all.missing).toEqual([]);
    const none = evaluatePrivileges([{ resource: { db: "shop", collection: "" }, actions: ["find", "insert"] }]);
    expect(none).toMatchObject({ read: false, write: false });
  });

  it("notes everything that a server cannot do", () => {
    const supports = { snapshotReads: false, oplog: false, transactions: false, writeBlock: false };
    const ids = capabilityNotes({
      supports,
      setName: null,
      authorizationEnabled: false,
      fcvKnown: false,
      version: "7.0.42",
    });
    expect(ids.map(({ id }) => id)).toEqual([
      "standalone",
      "noSnapshotReads",
      "noOplog",
      "noTransactions",
      "noWriteBlock",
      "noFcv",
      "noAuthorization",
    ]);
  });

  it("the provisioning script grants what the portal asks for, and asks for the password", () => {
    const script = provisionUserScript("ann's");
    for (const { role } of PORTAL_ROLES) expect(script).toContain(`{ role: "${role}", db: "admin" }`);
    expect(script).toContain("passwordPrompt()");
    expect(script).toContain(`"ann's"`);
  });
});
