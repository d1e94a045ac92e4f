import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { findMarker } from "@/server/deployments/lock-marker";
import { observe } from "@/server/domain/clusters/observe-cluster";
import { sealConnectionString } from "@/server/domain/clusters/open-deployment";
import { RESTORE_POINTS } from "@/server/engine/restore/points";
import { SNAPSHOT_POINTS } from "@/server/engine/source/points";
import type { ClusterModel } from "@/server/platform/db";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeMember, makeWorld, type Person, type World } from "@/server/testing/people";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { closeQueue } from "./queue";
import { loadHandler } from "./registry";
import { RunWorker } from "./run-worker";
import { startSweeper, sweepRuns } from "./sweeper";

/**
 * A worker process is killed at every named moment of a snapshot and of a restore (it kills itself with SIGKILL there,
 * so nothing of it runs afterwards). Another one must finish or undo the work: nothing lost, nothing locked, nothing
 * false.
 */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-death-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

const TAKEN_OVER_WITHIN_MS = 30_000;
const DATABASE = "shop";

let test: TestDatabase;
let world: World;
let manager: Person;
let source: TestServer;
let target: TestServer;
let clusters: { source: ClusterModel; target: ClusterModel };

beforeAll(async () => {
  test = await createTestDatabase();
  world = await makeWorld();
  manager = await makeMember(world, { project: ["GROUP_BACKUP_MANAGER"] });
  [source, target] = await Promise.all([startTestServer(), startTestServer()]);
  const add = async (name: string, server: TestServer) => {
    const cluster = await makeCluster(world.project, { name, connectionSealed: sealConnectionString(server.uri) });
    await observe(test.db, cluster.id);
    return test.db.cluster.findUniqueOrThrow({ where: { id: cluster.id } });
  };
  clusters = { source: await add("source", source), target: await add("target", target) };
  await fillSource();
}, 120_000);

afterAll(async () => {
  await Promise.all([source.close(), target.close()]);
  await closeQueue();
  await test.close();
  await rm(home, { recursive: true, force: true });
});

async function fillSource(): Promise<void> {
  const db = source.client.db(DATABASE);
  await db.collection("orders").insertMany(Array.from({ length: 800 }, (_, n) => ({ n, text: `order ${n}` })));
  await db.collection("orders").createIndex({ n: 1 }, { unique: true });
  await db.collection("sessions").insertMany([{ at: new Date() }, { at: new Date() }]);
  await db.collection("sessions").createIndex({ at: 1 }, { expireAfterSeconds: 86_400 });
  await db.createCollection("few", { viewOn: "orders", pipeline: [{ $match: { n: { $lt: 3 } } }] });
}

/** What the target holds before each restore: other documents, a collection and a view that the snapshot has not. */
async function fillTarget(): Promise<void> {
  const db = target.client.db(DATABASE);
  await db.dropDatabase();
  await db.collection("orders").insertMany([{ n: -1, old: true }]);
  await db.collection("leftover").insertOne({ old: true });
  await db.createCollection("oldView", { viewOn: "orders", pipeline: [] });
}

/** Everything that a client can see: documents, indexes, options, views. */
async function contents(server: TestServer): Promise<unknown> {
  const db = server.client.db(DATABASE);
  const items = await db.listCollections().toArray();
  const found = [];
  for (const { name, type, options } of items.sort((a, b) => (a.name < b.name ? -1 : 1)) as Array<{
    name: string;
    type: string;
    options: object;
  }>) {
    if (name.startsWith("system.")) continue;
    const documents = await db.collection(name).find().sort({ _id: 1 }).toArray();
    const indexes = type === "view" ? [] : await db.collection(name).indexes();
    found.push({ name, type, options, documents, indexes });
  }
  return found;
}

/** Runs a worker process until it has killed itself at the point. */
function runVictim(crashAt: string): Promise<void> {
  const script = new URL("./worker.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", "tsx", script], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      NODE_ENV: "test",
      DATABASE_URL: test.url,
      HOLDFAST_TEST_SWITCHES: "1",
      HOLDFAST_CRASH_AT: crashAt,
      LOG_LEVEL: "silent",
    },
  });
  return new Promise((resolve, reject) => {
    let errors = "";
    child.stderr.on("data", (bytes: Buffer) => (errors = (errors + bytes.toString()).slice(-2_000)));
    const timer = setTimeout(() => child.kill("SIGTERM"), 60_000);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      if (signal === "SIGKILL") resolve();
      else reject(new Error(`the worker was not killed at ${crashAt}: it ended with ${signal ?? code} ${errors}`));
    });
  });
}

async function ended(runId: string) {
  const deadline = performance.now() + TAKEN_OVER_WITHIN_MS;
  for (;;) {
    const run = await test.db.run.findUniqueOrThrow({ where: { id: runId } });
    if (run.status !== "QUEUED" && run.status !== "RUNNING") return run;
    if (performance.now() > deadline) throw new Error(`run ${runId} does not end: ${run.status}, ${run.message}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Another worker, after the lease of the dead one has run out (the clock is moved for it). */
async function rescue(runId: string) {
  await test.db.run.updateMany({ where: { id: runId, status: "RUNNING" }, data: { leaseExpiresAt: new Date(0) } });
  await sweepRuns(test.db);
  const worker = new RunWorker({ db: test.db, workerId: "rescuer", concurrency: 1, loadHandler });
  await worker.start();
  try {
    return await ended(runId);
  } finally {
    await worker.stop();
  }
}

async function expectUnlocked(): Promise<void> {
  expect(await test.db.serverLock.count()).toBe(0);
  expect(await findMarker(target.client)).toBeNull();
  const status = await target.client.db("admin").command({ serverStatus: 1 });
  expect((status.repl as { userWriteBlockMode: number }).userWriteBlockMode).toBe(1);
}

const inProject = () => ({ projectId: world.project.id });

async function startRestore(snapshotId: string): Promise<{ runId: string; restoreId: string }> {
  return callerOf(manager).restores.start({
    ...inProject(),
    snapshotId,
    targetProjectId: clusters.target.projectId,
    targetClusterId: clusters.target.id,
    typedName: clusters.target.name,
  });
}

async function completedSnapshot(): Promise<string> {
  const { runId, snapshotId } = await callerOf(manager).snapshots.take({
    ...inProject(),
    clusterId: clusters.source.id,
  });
  expect((await rescue(runId)).status).toBe("COMPLETED");
  return snapshotId;
}

describe("a worker killed while it takes a snapshot", () => {
  it.each(SNAPSHOT_POINTS)("at %s: another one completes it, and it verifies", { timeout: 120_000 }, async (point) => {
    const { runId, snapshotId } = await callerOf(manager).snapshots.take({
      ...inProject(),
      clusterId: clusters.source.id,
    });
    await runVictim(`snapshot:${point}`);
    const cut = await test.db.snapshot.findUniqueOrThrow({ where: { id: snapshotId } });
    expect(cut.status, "no snapshot lies").toBe("IN_PROGRESS");

    expect(await rescue(runId)).toMatchObject({ status: "COMPLETED", attempt: 2 });
    const verifying = await callerOf(manager).snapshots.verify({ ...inProject(), snapshotId });
    expect((await rescue(verifying.runId)).status).toBe("COMPLETED");
    const snapshot = await test.db.snapshot.findUniqueOrThrow({ where: { id: snapshotId } });
    expect(snapshot).toMatchObject({ status: "COMPLETED", documentCount: 802n, verifyError: null });
    expect(snapshot.verifiedAt).not.toBeNull();
  });
});

describe("a worker killed while it restores", () => {
  let snapshotId: string;
  let wanted: unknown;
  beforeAll(async () => {
    snapshotId = await completedSnapshot();
    wanted = await contents(source);
  }, 60_000);
  beforeEach(fillTarget);

  it.each(RESTORE_POINTS)(
    "at %s: another one finishes it, and nothing stays locked",
    { timeout: 120_000 },
    async (point) => {
      const { runId } = await startRestore(snapshotId);
      await runVictim(`restore:${point}`);
      expect(await test.db.serverLock.count(), "the dead worker's lock is known").toBe(1);

      expect(await rescue(runId)).toMatchObject({ status: "COMPLETED", attempt: 2 });
      expect(await contents(target)).toEqual(wanted);
      await expectUnlocked();
    },
  );

  it("and cancelled before it comes back: the target is as it was", { timeout: 120_000 }, async () => {
    const old = await contents(target);
    const { runId, restoreId } = await startRestore(snapshotId);
    await runVictim("restore:renamed-aside");
    expect(await contents(target)).not.toEqual(old);
    await callerOf(manager).restores.cancel({ ...inProject(), restoreId });
    expect(await rescue(runId)).toMatchObject({ status: "CANCELLED" });
    expect(await contents(target)).toEqual(old);
    await expectUnlocked();
  });

  it(
    "is taken over within 30 seconds of the next one's coming up, with nobody moving the clock",
    { timeout: 120_000 },
    async () => {
      const { runId } = await startRestore(snapshotId);
      await runVictim("restore:renamed-in");
      const stopSweeper = startSweeper(test.db);
      const worker = new RunWorker({ db: test.db, workerId: "next", concurrency: 1, loadHandler });
      await worker.start();
      try {
        expect(await ended(runId)).toMatchObject({ status: "COMPLETED", attempt: 2 });
      } finally {
        await worker.stop();
        await stopSweeper();
      }
      expect(await contents(target)).toEqual(wanted);
      await expectUnlocked();
    },
  );
});
