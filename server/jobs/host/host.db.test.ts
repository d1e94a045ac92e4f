import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { embeddedConnectionString } from "@/server/domain/clusters/open-deployment";
import { seal } from "@/server/platform/crypto";
import { newId } from "@/server/platform/ids";
import { freePort } from "@/server/platform/ports";
import { notify } from "@/server/platform/postgres";
import { isAlive } from "@/server/platform/processes";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import {
  DEPLOYMENT_WANTED_CHANNEL,
  EMBEDDED_PASSWORD_PURPOSE,
  EMBEDDED_ROOT_USER,
} from "../definitions/embedded-deployment";
import { EmbeddedHost } from "./host";

let database: TestDatabase;
let projectId: string;
let home: string;
let host: EmbeddedHost | null = null;

beforeAll(async () => {
  database = await createTestDatabase();
  const organization = await database.db.organization.create({
    data: { id: newId(), name: "Host test", idKeySealed: Buffer.alloc(32) },
  });
  projectId = newId();
  await database.db.project.create({ data: { id: projectId, organizationId: organization.id, name: "Host test" } });
});
afterAll(() => database.close());

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "holdfast-host-"));
});
afterEach(async () => {
  await host?.stop();
  host = null;
  await database.db.cluster.deleteMany();
  rmSync(home, { recursive: true, force: true });
});

async function startHost(): Promise<void> {
  host = new EmbeddedHost({ db: database.db, home, testCommands: false });
  await host.start();
}

async function addCluster(port: number): Promise<string> {
  const id = newId();
  await database.db.cluster.create({
    data: {
      id,
      projectId,
      name: `c-${port}`,
      tier: "M10",
      cloudProvider: "AWS",
      region: "EU_CENTRAL_1",
      mongoDBVersion: "8.0.4",
      fcv: "8.0",
      deploymentKind: "EMBEDDED",
      state: "CREATING",
      backupEnabled: true,
      embedded: { create: { port, rootPasswordSealed: seal("secret", EMBEDDED_PASSWORD_PURPOSE) } },
    },
  });
  await notify(database.db, DEPLOYMENT_WANTED_CHANNEL, id);
  return id;
}

const row = (clusterId: string) => database.db.embeddedDeployment.findUnique({ where: { clusterId } });

type Row = Awaited<ReturnType<typeof row>>;

async function until(clusterId: string, ok: (now: Row) => boolean) {
  for (const deadline = performance.now() + 25_000; performance.now() < deadline;) {
    const now = await row(clusterId);
    if (ok(now)) return now!;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `not in time: ${JSON.stringify(await row(clusterId), (_, v: unknown) => (typeof v === "bigint" ? String(v) : v))}`,
  );
}

async function withClient<T>(port: number, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await new MongoClient(embeddedConnectionString(port, EMBEDDED_ROOT_USER, "secret")).connect();
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

describe("the host of embedded clusters", () => {
  it("starts a new cluster's server and says that the cluster is ready", async () => {
    await startHost();
    const port = await freePort();
    const id = await addCluster(port);
    const running = await until(id, (now) => now?.status === "running");
    expect(isAlive(running.pid!)).toBe(true);
    await withClient(port, (client) => client.db("a").collection("b").insertOne({ n: 1 }));
    const cluster = await database.db.cluster.findUniqueOrThrow({ where: { id } });
    expect([cluster.state, cluster.reachable]).toEqual(["IDLE", true]);
  });

  it("starts a server that was killed again, with what had been written", async () => {
    await startHost();
    const port = await freePort();
    const id = await addCluster(port);
    const first = await until(id, (now) => now?.status === "running");
    await withClient(port, (client) =>
      client
        .db("a")
        .collection("b")
        .insertOne({ n: 1 }, { writeConcern: { w: 1, journal: true } }),
    );
    process.kill(first.pid!, "SIGKILL");
    const second = await until(id, (now) => now?.status === "running" && now.pid !== first.pid);
    expect(second.restarts).toBe(1);
    expect(await withClient(port, (client) => client.db("a").collection("b").findOne())).toMatchObject({ n: 1 });
  });

  it("gives a server that never ran another port when somebody took the planned one", async () => {
    const stranger = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => stranger.once("listening", resolve));
    const { port } = stranger.address() as { port: number };
    await startHost();
    const id = await addCluster(port);
    const running = await until(id, (now) => now?.status === "running");
    expect(running.port).not.toBe(port);
    await withClient(running.port, (client) => client.db("a").collection("b").insertOne({ n: 1 }));
    await new Promise((resolve) => stranger.close(resolve));
  });

  it("says why a server that ran before cannot start, keeps its address, and tells the truth when it can", async () => {
    await startHost();
    const port = await freePort();
    const id = await addCluster(port);
    await until(id, (now) => now?.status === "running");
    await host!.stop();
    const stranger = createServer().listen(port, "127.0.0.1");
    await new Promise((resolve) => stranger.once("listening", resolve));
    await startHost();
    const failed = await until(id, (now) => now?.status === "failed");
    expect(failed.lastError).toMatch(/EADDRINUSE|in use/);
    expect(failed.pid).toBeNull();
    expect(failed.port).toBe(port);
    await new Promise((resolve) => stranger.close(resolve));
    expect((await until(id, (now) => now?.status === "running")).lastError).toBeNull();
  });

  it("stops a server that is not wanted, and starts it when it is wanted again", async () => {
    await startHost();
    const id = await addCluster(await freePort());
    const first = await until(id, (now) => now?.status === "running");
    await database.db.embeddedDeployment.update({ where: { clusterId: id }, data: { desiredRunning: false } });
    await notify(database.db, DEPLOYMENT_WANTED_CHANNEL, id);
    await until(id, (now) => now?.status === "stopped");
    expect(isAlive(first.pid!)).toBe(false);
    await database.db.embeddedDeployment.update({ where: { clusterId: id }, data: { desiredRunning: true } });
    await until(id, (now) => now?.status === "running");
  });

  it("removes the data and the row of a cluster that is deleted", async () => {
    await startHost();
    const id = await addCluster(await freePort());
    const running = await until(id, (now) => now?.status === "running");
    expect(existsSync(join(home, "clusters", id))).toBe(true);
    await database.db.cluster.update({ where: { id }, data: { state: "DELETING" } });
    await until(id, (now) => now === null).catch(() => undefined);
    expect(await row(id)).toBeNull();
    expect(isAlive(running.pid!)).toBe(false);
    expect(existsSync(join(home, "clusters", id))).toBe(false);
    expect((await database.db.cluster.findUniqueOrThrow({ where: { id } })).state).toBe("DELETED");
  });

  it("ends every server when it is stopped", async () => {
    await startHost();
    const id = await addCluster(await freePort());
    const running = await until(id, (now) => now?.status === "running");
    await host!.stop();
    expect(isAlive(running.pid!)).toBe(false);
    expect(await row(id)).toMatchObject({ status: "stopped", pid: null });
  });
});
