import { spawn, type ChildProcess } from "node:child_process";
import { expect } from "vitest";
import { findMarker, LOCK_COLLECTION } from "@/server/deployments/lock-marker";
import { observe } from "@/server/domain/clusters/observe-cluster";
import { sealConnectionString } from "@/server/domain/clusters/open-deployment";
import type { ClusterModel } from "@/server/platform/db";
import { createTestDatabase, type TestDatabase } from "./database";
import { callerOf, makeCluster, makeMember, makeWorld, type Person, type World } from "./people";
import { startTestServer, type TestServer } from "./wire-server";
import { closeQueue } from "@/server/jobs/queue";
import { loadHandler } from "@/server/jobs/registry";
import { RunWorker } from "@/server/jobs/run-worker";
import { sweepRuns } from "@/server/jobs/sweeper";

const TAKEN_OVER_WITHIN_MS = 30_000;
export const DATABASE = "shop";

/** A source with documents, a target with others, both clusters of a project, and workers that die or take over. */
export class RestoreFixture {
  private constructor(
    readonly test: TestDatabase,
    readonly world: World,
    readonly manager: Person,
    readonly source: TestServer,
    readonly target: TestServer,
    readonly clusters: { source: ClusterModel; target: ClusterModel },
  ) {}

  /** Call after HOLDFAST_HOME and HOLDFAST_KEY are chosen. */
  static async open(): Promise<RestoreFixture> {
    const test = await createTestDatabase();
    const world = await makeWorld();
    const manager = await makeMember(world, { project: ["GROUP_BACKUP_MANAGER"] });
    const [source, target] = await Promise.all([startTestServer(), startTestServer()]);
    const add = async (name: string, server: TestServer) => {
      const cluster = await makeCluster(world.project, { name, connectionSealed: sealConnectionString(server.uri) });
      await observe(test.db, cluster.id);
      return test.db.cluster.findUniqueOrThrow({ where: { id: cluster.id } });
    };
    const clusters = { source: await add("source", source), target: await add("target", target) };
    const fixture = new RestoreFixture(test, world, manager, source, target, clusters);
    await fixture.#fillSource();
    return fixture;
  }

  async close(): Promise<void> {
    await Promise.all([this.source.close(), this.target.close()]);
    await closeQueue();
    await this.test.close();
  }

  async #fillSource(): Promise<void> {
    const db = this.source.client.db(DATABASE);
    await db.collection("orders").insertMany(Array.from({ length: 800 }, (_, n) => ({ n, text: `order ${n}` })));
    await db.collection("orders").createIndex({ n: 1 }, { unique: true });
    await db.collection("sessions").insertMany([{ at: new Date() }, { at: new Date() }]);
    await db.collection("sessions").createIndex({ at: 1 }, { expireAfterSeconds: 86_400 });
    await db.createCollection("few", { viewOn: "orders", pipeline: [{ $match: { n: { $lt: 3 } } }] });
  }

  /** What the target holds before each restore: other documents, a collection and a view that the snapshot has not. */
  async fillTarget(): Promise<void> {
    const db = this.target.client.db(DATABASE);
    await db.dropDatabase();
    await db.collection("orders").insertMany([{ n: -1, old: true }]);
    await db.collection("sessions").insertOne({ old: true });
    await db.collection("leftover").insertOne({ old: true });
    await db.createCollection("oldView", { viewOn: "orders", pipeline: [] });
  }

  /** Everything that a client can see: documents, indexes, options, views. */
  async contents(server: TestServer = this.target): Promise<unknown> {
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

  async names(): Promise<string[]> {
    const items = await this.target.client.db(DATABASE).listCollections().toArray();
    return items.map(({ name }) => name).sort();
  }

  /** A worker process that kills or stops itself at the point. */
  startVictim(crashAt: string): ChildProcess {
    const script = new URL("../jobs/worker.ts", import.meta.url).pathname;
    return spawn(process.execPath, ["--import", "tsx", script], {
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        NODE_ENV: "test",
        DATABASE_URL: this.test.url,
        HOLDFAST_TEST_SWITCHES: "1",
        HOLDFAST_CRASH_AT: crashAt,
        LOG_LEVEL: "silent",
      },
    });
  }

  /** Runs a worker process until it has killed itself at the point. */
  runVictim(crashAt: string): Promise<void> {
    const child = this.startVictim(crashAt);
    return new Promise((resolve, reject) => {
      let errors = "";
      child.stderr?.on("data", (bytes: Buffer) => (errors = (errors + bytes.toString()).slice(-2_000)));
      const timer = setTimeout(() => child.kill("SIGTERM"), 60_000);
      child.on("exit", (code, signal) => {
        clearTimeout(timer);
        if (signal === "SIGKILL") resolve();
        else reject(new Error(`the worker was not killed at ${crashAt}: it ended with ${signal ?? code} ${errors}`));
      });
    });
  }

  async ended(runId: string) {
    const deadline = performance.now() + TAKEN_OVER_WITHIN_MS;
    for (;;) {
      const run = await this.test.db.run.findUniqueOrThrow({ where: { id: runId } });
      if (run.status !== "QUEUED" && run.status !== "RUNNING") return run;
      if (performance.now() > deadline) throw new Error(`run ${runId} does not end: ${run.status}, ${run.message}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Lets the lease of a run end: the clock is moved for it. */
  async expireLease(runId: string): Promise<void> {
    await this.test.db.run.updateMany({
      where: { id: runId, status: "RUNNING" },
      data: { leaseExpiresAt: new Date(0) },
    });
    await sweepRuns(this.test.db);
  }

  async startWorker(workerId: string, load = loadHandler): Promise<RunWorker> {
    const worker = new RunWorker({ db: this.test.db, workerId, concurrency: 1, loadHandler: load });
    await worker.start();
    return worker;
  }

  /** Another worker, after the lease of the dead one has run out. */
  async rescue(runId: string) {
    await this.expireLease(runId);
    const worker = await this.startWorker("rescuer");
    try {
      return await this.ended(runId);
    } finally {
      await worker.stop();
    }
  }

  liftBlock(): Promise<unknown> {
    return this.target.client.db("admin").command({ setUserWriteBlockMode: 1, global: false });
  }

  /** So that a test that failed leaves nothing to the next one. */
  async forgetRestores(): Promise<void> {
    await this.liftBlock();
    await this.target.client.db("admin").collection(LOCK_COLLECTION).deleteMany({});
    const { db } = this.test;
    await db.serverLock.deleteMany();
    await db.run.updateMany({ where: { status: { in: ["QUEUED", "RUNNING"] } }, data: { status: "FAILED" } });
    await db.restoreJob.updateMany({
      where: { status: { in: ["QUEUED", "IN_PROGRESS"] } },
      data: { status: "FAILED" },
    });
  }

  async isBlocked(): Promise<boolean> {
    const status = await this.target.client.db("admin").command({ serverStatus: 1 });
    return (status.repl as { userWriteBlockMode: number }).userWriteBlockMode === 2;
  }

  async expectUnlocked(): Promise<void> {
    expect(await this.test.db.serverLock.count()).toBe(0);
    expect(await findMarker(this.target.client)).toBeNull();
    expect(await this.isBlocked()).toBe(false);
  }

  get inProject(): { projectId: string } {
    return { projectId: this.world.project.id };
  }

  startRestore(snapshotId: string): Promise<{ runId: string; restoreId: string }> {
    const { target } = this.clusters;
    return callerOf(this.manager).restores.start({
      ...this.inProject,
      snapshotId,
      targetProjectId: target.projectId,
      targetClusterId: target.id,
      typedName: target.name,
    });
  }

  takeSnapshot(): Promise<{ runId: string; snapshotId: string }> {
    return callerOf(this.manager).snapshots.take({ ...this.inProject, clusterId: this.clusters.source.id });
  }

  async completedSnapshot(): Promise<string> {
    const { runId, snapshotId } = await this.takeSnapshot();
    expect((await this.rescue(runId)).status).toBe("COMPLETED");
    return snapshotId;
  }
}
