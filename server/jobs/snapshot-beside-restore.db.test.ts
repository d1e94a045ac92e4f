import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sealConnectionString } from "@/server/domain/clusters/open-deployment";
import { observe } from "@/server/domain/clusters/observe-cluster";
import type { ClusterModel } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeMember, makeWorld, type Person, type World } from "@/server/testing/people";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { closeQueue } from "./queue";
import { loadHandler } from "./registry";
import { RunWorker } from "./run-worker";
import { sweepRuns } from "./sweeper";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-beside-restore-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

let test: TestDatabase;
let world: World;
let manager: Person;
let worker: RunWorker;
let source: TestServer;
let cluster: ClusterModel;

beforeAll(async () => {
  test = await createTestDatabase();
  source = await startTestServer();
  await source.client.db("shop").collection("orders").insertOne({ n: 1 });
}, 120_000);
afterAll(async () => {
  await source.close();
  await closeQueue();
  await test.close();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  world = await makeWorld();
  manager = await makeMember(world, { project: ["GROUP_BACKUP_MANAGER"] });
  const { id } = await makeCluster(world.project, { connectionSealed: sealConnectionString(source.uri) });
  await observe(test.db, id);
  cluster = await test.db.cluster.findUniqueOrThrow({ where: { id } });
  worker = new RunWorker({ db: test.db, workerId: newId(), concurrency: 1, loadHandler });
});

const take = () => callerOf(manager).snapshots.take({ projectId: world.project.id, clusterId: cluster.id });
const runOf = (id: string) => test.db.run.findUniqueOrThrow({ where: { id } });

/** As a restore does that began after the snapshot was asked for. */
async function lock(): Promise<void> {
  const row = { serverKey: cluster.serverKey!, clusterId: cluster.id, runId: newId(), reason: "A restore is running." };
  await test.db.serverLock.create({ data: row });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The worker has had the run and left it. */
async function untilLeft(runId: string): Promise<void> {
  await until(async () => (await runOf(runId)).attempt > 0);
  await worker.stop();
}

describe("a snapshot that waited while a restore into its cluster began", () => {
  it("is not taken of what lies between old and new, but afterwards", async () => {
    const { runId, snapshotId } = await take();
    await lock();
    await worker.start();
    await untilLeft(runId);
    expect((await runOf(runId)).status).toBe("RUNNING");
    await test.db.serverLock.deleteMany({});
    await test.db.run.update({ where: { id: runId }, data: { leaseExpiresAt: new Date(0) } });
    worker = new RunWorker({ db: test.db, workerId: newId(), concurrency: 1, loadHandler });
    await worker.start();
    await sweepRuns(test.db);
    await until(async () => (await runOf(runId)).status === "COMPLETED");
    expect(await test.db.snapshot.findUniqueOrThrow({ where: { id: snapshotId } })).toMatchObject({
      status: "COMPLETED",
      documentCount: 1n,
    });
    await worker.stop();
  });

  it("can be cancelled while it waits", async () => {
    const { runId } = await take();
    await lock();
    await worker.start();
    await untilLeft(runId);
    await test.db.run.update({
      where: { id: runId },
      data: { cancelRequestedAt: new Date(), leaseExpiresAt: new Date(0) },
    });
    worker = new RunWorker({ db: test.db, workerId: newId(), concurrency: 1, loadHandler });
    await worker.start();
    await sweepRuns(test.db);
    await until(async () => (await runOf(runId)).status === "CANCELLED");
    await worker.stop();
    await test.db.serverLock.deleteMany({});
  });
});
