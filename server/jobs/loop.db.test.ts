import { rm } from "node:fs/promises";
import { MongoServerError } from "mongodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sealConnectionString } from "@/server/domain/clusters/open-deployment";
import { openRepository } from "@/server/domain/repositories/open-repository";
import { observe } from "@/server/domain/clusters/observe-cluster";
import type { ClusterModel } from "@/server/platform/db";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeMember, makeWorld, reload, type Person, type World } from "@/server/testing/people";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { closeQueue } from "./queue";
import { loadHandler } from "./registry";
import { RunWorker } from "./run-worker";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-loop-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

let test: TestDatabase;
let world: World;
let manager: Person;
let worker: RunWorker;
let servers: { source: TestServer; target: TestServer; old: TestServer };
let clusters: { source: ClusterModel; target: ClusterModel; old: ClusterModel };

beforeAll(async () => {
  test = await createTestDatabase();
  world = await makeWorld();
  manager = await makeMember(world, { project: ["GROUP_BACKUP_MANAGER"], name: "Bea Backup" });
  servers = {
    source: await startTestServer(),
    target: await startTestServer(),
    old: await startTestServer({ version: "7.0.14", fcv: "7.0" }),
  };
  const add = async (name: string, server: TestServer) => {
    const cluster = await makeCluster(world.project, { name, connectionSealed: sealConnectionString(server.uri) });
    expect(await observe(test.db, cluster.id)).toBe(true);
    return test.db.cluster.findUniqueOrThrow({ where: { id: cluster.id } });
  };
  clusters = {
    source: await add("orders", servers.source),
    target: await add("orders-staging", servers.target),
    old: await add("orders-old", servers.old),
  };
  worker = new RunWorker({ db: test.db, workerId: "w1", concurrency: 2, loadHandler });
  await worker.start();
}, 120_000);

afterAll(async () => {
  await worker.stop();
  await Promise.all(Object.values(servers).map((server) => server.close()));
  await closeQueue();
  await test.close();
  await rm(home, { recursive: true, force: true });
});

const inProject = () => ({ projectId: world.project.id });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { message: string }) => error.message,
  );

async function ended(runId: string) {
  for (let i = 0; i < 600; i++) {
    const run = await callerOf(manager).runs.get({ ...inProject(), runId });
    if (!["QUEUED", "RUNNING"].includes(run.status)) return run;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`run ${runId} does not end`);
}

async function takeSnapshot(): Promise<string> {
  const taken = await callerOf(manager).snapshots.take({ ...inProject(), clusterId: clusters.source.id });
  expect(await ended(taken.runId)).toMatchObject({ status: "COMPLETED", error: null });
  return taken.snapshotId;
}

const start = (who: Person, snapshotId: string, target: ClusterModel, more: object = {}) =>
  callerOf(who).restores.start({
    ...inProject(),
    snapshotId,
    targetProjectId: target.projectId,
    targetClusterId: target.id,
    typedName: target.name,
    ...more,
  });

describe("from a cluster into a snapshot and back", () => {
  it("takes, verifies and restores, proves it, tells it, and leaves nothing locked", async () => {
    const source = servers.source.client.db("shop").collection<{ _id: number; total: number }>("orders");
    await source.insertMany(Array.from({ length: 500 }, (_, index) => ({ _id: index, total: index * 2 })));
    await source.createIndex({ total: 1 }, { unique: true });
    const stale = servers.target.client.db("shop");
    await stale.collection("leftover").insertOne({ x: 1 });

    const snapshotId = await takeSnapshot();
    const snapshot = await callerOf(manager).snapshots.get({ ...inProject(), snapshotId });
    expect(snapshot).toMatchObject({ status: "COMPLETED", documents: 500, collections: 1, mongoDBVersion: "8.0.4" });
    expect(snapshot.contents).toEqual([
      {
        database: "shop",
        name: "orders",
        type: "collection",
        documents: 500,
        bytes: expect.any(Number) as number,
        indexes: expect.any(Number) as number,
      },
    ]);

    const { runId } = await callerOf(manager).snapshots.verify({ ...inProject(), snapshotId });
    expect((await ended(runId)).status).toBe("COMPLETED");
    expect((await callerOf(manager).snapshots.get({ ...inProject(), snapshotId })).verifiedAt).not.toBeNull();

    const checked = await callerOf(manager).restores.check({
      ...inProject(),
      snapshotId,
      targetProjectId: world.project.id,
      targetClusterId: clusters.target.id,
    });
    expect(checked.checks.filter((check) => check.result === "fail")).toEqual([]);
    expect(checked.consequences.map((one) => [one.namespace, one.action])).toEqual([
      ["shop.leftover", "dropped"],
      ["shop.orders", "created"],
    ]);

    const { restoreId, runId: restoring } = await start(manager, snapshotId, clusters.target);
    const run = await ended(restoring);
    expect(run).toMatchObject({ status: "COMPLETED", error: null });
    expect(run.steps.map((step) => [step.name, step.status])).toContainEqual(["prove", "COMPLETED"]);

    const restored = await stale.collection("orders").find().sort({ _id: 1 }).toArray();
    expect(restored).toEqual(await source.find().sort({ _id: 1 }).toArray());
    expect((await stale.listCollections().toArray()).map((one) => one.name)).toEqual(["orders"]);
    await stale.collection<{ _id: number }>("orders").insertOne({ _id: 9999 });

    const report = await callerOf(manager).restores.report({ ...inProject(), restoreId });
    expect(report).toMatchObject({ outcome: "proven", removed: ["shop.leftover"], totals: { documents: 500 } });
    expect(report.root.wanted).toBe(report.root.readBack);
    expect(report.who).toMatchObject({
      requestedBy: "Bea Backup",
      typedName: "orders-staging",
      allowedBy: [{ roles: ["Project Backup Manager"] }],
    });
    expect(report.who.activitySequence).toBeGreaterThan(0);
    expect(await test.db.serverLock.count()).toBe(0);

    const { items } = await callerOf(manager).activity.listProject(inProject());
    expect(items.map((item) => item.type)).toEqual(
      expect.arrayContaining([
        "CPS_RESTORE_REQUESTED_AUDIT",
        "CPS_RESTORE_SUCCESSFUL",
        "CPS_SNAPSHOT_SUCCESSFUL",
        "SNAPSHOT_VERIFIED",
      ]),
    );
    expect(await callerOf(world.owner).activity.verifyChain({ orgId: world.org.id })).toMatchObject({ intact: true });
    const view = await callerOf(manager).clusters.get({ ...inProject(), clusterId: clusters.source.id });
    expect(view).toMatchObject({ health: "protected", lastProven: { restoreId, by: "Bea Backup" } });
  }, 120_000);

  it("stores a later snapshot as what differs from the newest one that is kept", async () => {
    const orders = servers.source.client.db("shop").collection<{ _id: number; total: number }>("orders");
    const layersOf = async (snapshotId: string) => {
      const { manifestId, repositoryId } = await test.db.snapshot.findUniqueOrThrow({ where: { id: snapshotId } });
      const manifest = await (await openRepository(test.db, repositoryId!)).readManifest(manifestId!);
      return manifest.members[0]!.collections.find(({ name }) => name === "orders")!.layers!;
    };
    const first = await layersOf(await takeSnapshot());
    await orders.updateOne({ _id: 77 }, { $set: { total: -77 } });
    const second = await takeSnapshot();
    expect(await layersOf(second)).toMatchObject({ base: first.base, deltas: [{ documents: 1 }] });
    await orders.updateOne({ _id: 77 }, { $set: { total: 154 } });
    await callerOf(manager).snapshots.delete({ ...inProject(), snapshotId: second });
    // Compared with the first again, nothing differs.
    expect(await layersOf(await takeSnapshot())).toEqual(first);
  });

  it("cancels a restore before its commit point and leaves the target as it was", async () => {
    const snapshotId = await takeSnapshot();
    const before = await servers.target.client.db("shop").collection("orders").countDocuments();
    await worker.stop();
    const { restoreId, runId } = await start(manager, snapshotId, clusters.target);
    expect(await codeOf(callerOf(manager).restores.cancel({ ...inProject(), restoreId }))).toBe("done");
    worker = new RunWorker({ db: test.db, workerId: "w2", concurrency: 2, loadHandler });
    await worker.start();
    expect((await ended(runId)).status).toBe("CANCELLED");
    expect(await servers.target.client.db("shop").collection("orders").countDocuments()).toBe(before);
    expect((await callerOf(manager).restores.get({ ...inProject(), restoreId })).status).toBe("CANCELLED");
    await servers.target.client.db("shop").collection("orders").insertOne({ total: -1 });
  }, 60_000);
});

describe("a restore is refused", () => {
  let snapshotId: string;
  beforeAll(async () => {
    snapshotId = await takeSnapshot();
  });

  it("for who lacks the right on either side, and looks absent to an outsider", async () => {
    const reader = await makeMember(world, { project: ["GROUP_READ_ONLY"] });
    const lead = await makeMember(world, { org: ["ORG_OWNER"] });
    const outsider = await makeMember(world, {});
    expect(await codeOf(start(reader, snapshotId, clusters.target))).toBe("USER_UNAUTHORIZED");
    expect(await codeOf(start(lead, snapshotId, clusters.target))).toBe("USER_UNAUTHORIZED");
    expect(await codeOf(start(outsider, snapshotId, clusters.target))).toBe("GROUP_NOT_FOUND");

    const second = await callerOf(world.owner).projects.create({ orgId: world.org.id, name: "Continuity" });
    const there = await makeCluster(
      { id: second.id, name: second.name, organizationId: world.org.id },
      { name: "standby" },
    );
    expect(await codeOf(start(manager, snapshotId, there))).toBe("GROUP_NOT_FOUND");
    await test.db.projectMember.create({
      data: { projectId: second.id, userId: manager.id, roles: ["GROUP_READ_ONLY"] },
    });
    expect(await codeOf(start(await reload(manager), snapshotId, there))).toBe("CANNOT_RESTORE_TO_TARGET");
  });

  it("for another version, an M0, a server that does not answer, and a name that does not match", async () => {
    const free = await makeCluster(world.project, {
      tier: "M0",
      connectionSealed: sealConnectionString(servers.target.uri),
    });
    const gone = await makeCluster(world.project, {
      connectionSealed: sealConnectionString("mongodb://u:p@127.0.0.1:1/?serverSelectionTimeoutMS=300"),
    });
    expect(await codeOf(start(manager, snapshotId, clusters.old))).toBe("RESTORE_CHECK_FAILED");
    expect(await codeOf(start(manager, snapshotId, free))).toBe("INSUFFICIENT_INSTANCE_SIZE");
    expect(await codeOf(start(manager, snapshotId, gone))).toBe("RESTORE_CHECK_FAILED");
    expect(await codeOf(start(manager, snapshotId, clusters.target, { typedName: "orders" }))).toBe(
      "RESTORE_NAME_MISMATCH",
    );
    const refused = await test.db.activityEntry.findMany({
      where: { type: "CPS_RESTORE_REQUESTED_AUDIT", outcome: "REFUSED" },
    });
    expect(refused.length).toBeGreaterThanOrEqual(5);
  });

  it("while another restore into the same server waits or runs, whichever row it is asked by", async () => {
    await worker.stop();
    const twin = await makeCluster(world.project, {
      connectionSealed: sealConnectionString(servers.target.uri),
      serverKey: clusters.target.serverKey,
    });
    const { restoreId, runId } = await start(manager, snapshotId, clusters.target);
    expect(await codeOf(start(manager, snapshotId, clusters.target))).toBe("ATLAS_CLUSTER_RESTORE_IN_PROGRESS");
    const lock = { serverKey: clusters.target.serverKey!, clusterId: clusters.target.id, runId, reason: "A restore." };
    await test.db.serverLock.create({ data: lock });
    expect(await codeOf(start(manager, snapshotId, twin))).toBe("ATLAS_CLUSTER_RESTORE_IN_PROGRESS");
    expect(
      await codeOf(callerOf(world.owner).clusters.delete({ ...inProject(), clusterId: twin.id, typedName: twin.name })),
    ).toBe("CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE");
    await test.db.serverLock.deleteMany();
    await callerOf(manager).restores.cancel({ ...inProject(), restoreId });
    worker = new RunWorker({ db: test.db, workerId: "w3", concurrency: 2, loadHandler });
    await worker.start();
    expect((await ended(runId)).status).toBe("CANCELLED");
  });

  it("when who asked for it lost the right while it waited", async () => {
    await worker.stop();
    const leaver = await makeMember(world, { project: ["GROUP_BACKUP_RECOVERY_OPERATOR"] });
    const { runId, restoreId } = await start(leaver, snapshotId, clusters.target);
    await callerOf(world.owner).members.updateProject({
      ...inProject(),
      userId: leaver.id,
      roles: ["GROUP_READ_ONLY"],
    });
    worker = new RunWorker({ db: test.db, workerId: "w4", concurrency: 2, loadHandler });
    await worker.start();
    expect((await ended(runId)).status).toBe("FAILED");
    const restore = await callerOf(manager).restores.get({ ...inProject(), restoreId });
    expect(restore.checks.find((check) => check.result === "fail")?.id).toBe("roleSource");
    expect(await test.db.serverLock.count()).toBe(0);
  });
});

describe("during a restore", () => {
  it("the target refuses writes of others with UserWritesBlocked and the portal refuses to change it", async () => {
    const source = servers.source.client.db("big").collection("blobs");
    await source.insertMany(Array.from({ length: 400 }, (_, index) => ({ index, text: "x".repeat(40_000) })));
    const user = { createUser: "app", pwd: "app-password", roles: [{ role: "readWriteAnyDatabase", db: "admin" }] };
    await servers.target.client.db("admin").command(user);
    const { MongoClient } = await import("mongodb");
    const uri = new URL(servers.target.uri);
    uri.username = "app";
    uri.password = "app-password";
    const app = await new MongoClient(uri.href, { retryWrites: false }).connect();
    try {
      const snapshotId = await takeSnapshot();
      const { runId } = await start(manager, snapshotId, clusters.target);
      const codes = new Set<number>();
      let portal: string | null = null;
      const end = ended(runId);
      let isOver = false;
      void end.then(() => (isOver = true));
      while (!isOver) {
        await app
          .db("other")
          .collection("writes")
          .insertOne({ at: new Date() })
          .catch((error: unknown) => codes.add(error instanceof MongoServerError ? Number(error.code) : -1));
        portal ??= await codeOf(callerOf(manager).snapshots.take({ ...inProject(), clusterId: clusters.target.id }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect((await end).error).toBeNull();
      expect([...codes]).toEqual([371]);
      expect(portal).toBe("CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE");
      await app.db("other").collection("writes").insertOne({ after: true });
    } finally {
      await app.close();
    }
  }, 120_000);
});
