import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { expect, test } from "vitest";
import { startServer } from "./server";
import { codeOf, startCluster } from "./testing/cluster";

test("without a login nothing but greetings is answered", async () => {
  const { server } = await startCluster();
  const { MongoClient } = await import("mongodb");
  const client = new MongoClient(`mongodb://127.0.0.1:${server.port}/?directConnection=true`);
  try {
    expect(await codeOf(client.db("admin").command({ ping: 1 }))).toBeNull();
    expect(await codeOf(client.db("t").collection("a").findOne())).toBe(13);
    expect(await codeOf(client.db("t").collection("a").insertOne({}))).toBe(13);
  } finally {
    await client.close();
  }
});

test("the root user gets the password that the server is started with, and keeps one that is right", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-root-"));
  const startedWith = async (password: string) => {
    const server = await startServer({ dataDir, port: 0, rootUser: { user: "root", password } });
    const stored = JSON.stringify(server.instance.accounts.findUser("root", "admin"));
    const client = new MongoClient(server.uri);
    const outcome = await codeOf(client.db("app").collection("a").findOne());
    await client.close();
    await server.close();
    return { stored, outcome };
  };
  try {
    const first = await startedWith("first");
    expect(await startedWith("first")).toEqual(first);
    const second = await startedWith("second");
    expect(second.outcome).toBeNull();
    expect(second.stored).not.toBe(first.stored);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test("a wrong password and an unknown user answer alike, with both mechanisms", async () => {
  const { client, connect } = await startCluster();
  await client.db("app").command({ createUser: "joe", pwd: "right", roles: ["read"] });
  for (const [user, password] of [
    ["joe", "wrong"],
    ["nobody", "wrong"],
  ] as const) {
    const error = await connect(user, password, "app")
      .connect()
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 18, message: "Authentication failed." });
  }
  for (const mechanism of ["SCRAM-SHA-1", "SCRAM-SHA-256"] as const) {
    const { MongoClient } = await import("mongodb");
    const uri = client.options.hosts.map((host) => host.toString()).join();
    const other = new MongoClient(`mongodb://joe:right@${uri}/app?directConnection=true&authMechanism=${mechanism}`);
    expect(await codeOf(other.db("app").collection("a").findOne())).toBeNull();
    await other.close();
  }
});

test("built-in roles allow what they name and refuse the rest", async () => {
  const { client, connect } = await startCluster();
  const db = client.db("app");
  await db.collection("a").insertOne({ n: 1 });
  for (const role of ["read", "readWrite", "dbAdmin", "userAdmin"]) {
    await db.command({ createUser: role, pwd: "p", roles: [role] });
  }
  const as = (user: string) => connect(user, "p", "app").db("app");
  const outcomes = async (user: string): Promise<Array<number | string | null>> => [
    await codeOf(as(user).collection("a").findOne()),
    await codeOf(as(user).collection("a").insertOne({})),
    await codeOf(as(user).command({ collMod: "a", validationLevel: "strict" })),
    await codeOf(as(user).command({ createUser: `${user}2`, pwd: "p", roles: [] })),
    await codeOf(as(user).collection("system.users").findOne()),
  ];
  expect(await outcomes("read")).toEqual([null, 13, 13, 13, 13]);
  expect(await outcomes("readWrite")).toEqual([null, null, 13, 13, 13]);
  expect(await outcomes("dbAdmin")).toEqual([13, 13, null, 13, 13]);
  expect(await outcomes("userAdmin")).toEqual([13, 13, 13, null, 13]);
});

test("a role given or taken later holds for connections that are already open", async () => {
  const { client, connect } = await startCluster();
  const db = client.db("app");
  await db.command({ createUser: "joe", pwd: "p", roles: ["read"] });
  const joe = connect("joe", "p", "app").db("app");
  expect(await codeOf(joe.collection("a").insertOne({}))).toBe(13);
  await db.command({ grantRolesToUser: "joe", roles: ["readWrite"] });
  expect(await codeOf(joe.collection("a").insertOne({}))).toBeNull();
  await db.command({ revokeRolesFromUser: "joe", roles: ["readWrite", "read"] });
  expect(await codeOf(joe.collection("a").findOne())).toBe(13);
});

test("a role of one's own allows exactly its privileges", async () => {
  const { client, connect } = await startCluster();
  const admin = client.db("admin");
  const privileges = [{ resource: { db: "app", collection: "a" }, actions: ["find"] }];
  await admin.command({ createRole: "onlyA", privileges, roles: [] });
  await admin.command({ createUser: "joe", pwd: "p", roles: ["onlyA"] });
  const joe = connect("joe", "p").db("app");
  expect(await codeOf(joe.collection("a").findOne())).toBeNull();
  expect(await codeOf(joe.collection("b").findOne())).toBe(13);
  await admin.command({ dropRole: "onlyA" });
  expect(await codeOf(joe.collection("a").findOne())).toBe(13);
});

test("blocks the writes of ordinary users, lets reads and those with the privilege pass, and survives a restart", async () => {
  const cluster = await startCluster();
  const admin = cluster.client.db("admin");
  await admin.command({ createUser: "app", pwd: "p", roles: ["readWriteAnyDatabase"] });
  await admin.command({ createUser: "backup", pwd: "p", roles: ["backup"] });
  await cluster.client.db("t").collection("a").insertOne({ n: 1 });
  expect(
    await codeOf(cluster.connect("app", "p").db("admin").command({ setUserWriteBlockMode: 1, global: true })),
  ).toBe(13);
  await cluster.connect("backup", "p").db("admin").command({ setUserWriteBlockMode: 1, global: true });
  await admin.command({ setUserWriteBlockMode: 1, global: true });

  await cluster.restart();
  const app = cluster.connect("app", "p").db("t");
  const a = app.collection("a");
  const blocked = [
    () => a.insertOne({}),
    () => a.updateOne({}, { $set: { n: 2 } }),
    () => a.deleteOne({}),
    () => a.findOneAndDelete({}),
    () => app.createCollection("b"),
    () => a.createIndex({ n: 1 }),
    () => a.aggregate([{ $out: "o" }]).toArray(),
    () => a.drop(),
  ];
  for (const write of blocked) expect(await codeOf(write())).toBe(371);
  expect(await app.collection("a").countDocuments({ n: 1 })).toBe(1);
  const root = cluster.client.db("t");
  expect(await codeOf(root.collection("a").insertOne({ n: 2 }))).toBeNull();
  const { repl } = await cluster.client.db("admin").command({ serverStatus: 1 });
  expect(repl.userWriteBlockMode).toBe(2);
  await cluster.client.db("admin").command({ setUserWriteBlockMode: 1, global: false });
  expect(await codeOf(app.collection("a").insertOne({}))).toBeNull();
});
