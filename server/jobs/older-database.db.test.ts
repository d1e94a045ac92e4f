import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sealConnectionString } from "@/server/domain/clusters/open-deployment";
import { observe } from "@/server/domain/clusters/observe-cluster";
import { collectRepository } from "@/server/domain/repositories/collect-repository";
import { openRepository } from "@/server/domain/repositories/open-repository";
import type { ClusterModel, SnapshotModel } from "@/server/platform/db";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeMember, makeWorld, type Person, type World } from "@/server/testing/people";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { closeQueue } from "./queue";
import { loadHandler } from "./registry";
import { RunWorker } from "./run-worker";
import { sweepRuns } from "./sweeper";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-older-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

const DOCUMENTS = 200;
const signal = new AbortController().signal;

let test: TestDatabase;
let world: World;
let manager: Person;
let worker: RunWorker;
let source: TestServer;
let cluster: ClusterModel;

beforeAll(async () => {
  test = await createTestDatabase();
  source = await startTestServer();
  worker = new RunWorker({ db: test.db, workerId: "w1", concurrency: 1, loadHandler });
  await worker.start();
}, 120_000);
afterAll(async () => {
  await worker.stop();
  await source.close();
  await closeQueue();
  await test.close();
  await rm(home, { recursive: true, force: true });
});
/** A world is a repository of its own, too. */
beforeEach(async () => {
  world = await makeWorld();
  manager = await makeMember(world, { project: ["GROUP_BACKUP_MANAGER"] });
  cluster = await makeCluster(world.project, { connectionSealed: sealConnectionString(source.uri) });
  await observe(test.db, cluster.id);
  const orders = source.client.db("shop").collection("orders");
  await orders.deleteMany({});
  await orders.insertMany(Array.from({ length: DOCUMENTS }, (_, n) => ({ n, note: randomBytes(300).toString("hex") })));
});

async function ended(runId: string) {
  for (;;) {
    const run = await test.db.run.findUniqueOrThrow({ where: { id: runId } });
    if (run.status !== "QUEUED" && run.status !== "RUNNING") return run;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function take(): Promise<{ runId: string; row: SnapshotModel }> {
  const { runId, snapshotId } = await callerOf(manager).snapshots.take({
    projectId: world.project.id,
    clusterId: cluster.id,
  });
  expect((await ended(runId)).status).toBe("COMPLETED");
  return { runId, row: await test.db.snapshot.findUniqueOrThrow({ where: { id: snapshotId } }) };
}

const NOT_YET = {
  ...{ finishedAt: null, manifestId: null, mongoDBVersion: null, fcv: null, consistent: true },
  ...{ documentCount: null, collectionCount: null, dataBytes: null, storedBytes: null },
};

/**
 * The database as it was before the run ended: the row knows of no manifest and the index of none of its packs. The worker
 * that has the run there is long gone.
 */
async function goBack(runId: string, row: SnapshotModel, to: "QUEUED" | "RUNNING"): Promise<void> {
  const isQueued = to === "QUEUED";
  const snapshot = isQueued
    ? { status: "QUEUED" as const, startedAt: null, repositoryId: null }
    : { status: "IN_PROGRESS" as const };
  await test.db.snapshot.update({ where: { id: row.id }, data: { ...NOT_YET, ...snapshot } });
  const nothing = { keptSnapshots: 0, keptStoredBytes: 0n, keptDataBytes: 0n };
  await test.db.cluster.update({ where: { id: row.clusterId }, data: nothing });
  await test.db.repositoryUsage.deleteMany({ where: { clusterId: row.clusterId } });
  const { repositoryId } = row;
  await test.db.repositoryNode.deleteMany({ where: { repositoryId: repositoryId! } });
  await test.db.repositoryPack.deleteMany({ where: { repositoryId: repositoryId! } });
  const attempt = isQueued ? { attempt: 0, startedAt: null } : { attempt: 1, leaseExpiresAt: new Date(0) };
  await test.db.run.update({
    where: { id: runId },
    data: { status: to, finishedAt: null, createdAt: new Date(Date.now() - 60_000), ...attempt },
  });
}

/** What happened to the cluster between the copy of the database and the return to it. */
async function destroySource(): Promise<void> {
  await source.client
    .db("shop")
    .collection("orders")
    .updateMany({}, { $set: { note: "encrypted by somebody" } });
}

const collect = async (row: SnapshotModel) => collectRepository(test.db, row.repositoryId!, { graceMs: 0 });
const repositoryOf = (row: SnapshotModel) => openRepository(test.db, row.repositoryId!);

async function goesOn(runId: string) {
  await sweepRuns(test.db);
  return ended(runId);
}

describe("a database from before a snapshot was completed", () => {
  it.each(["RUNNING", "QUEUED"] as const)(
    "with its run %s: the run ends with what was read then, not with what the cluster holds now",
    async (to) => {
      const { runId, row } = await take();
      await goBack(runId, row, to);
      await destroySource();
      expect(await goesOn(runId)).toMatchObject({ status: "COMPLETED" });
      const after = await test.db.snapshot.findUniqueOrThrow({ where: { id: row.id } });
      const { documentCount, dataBytes, storedBytes, mongoDBVersion, fcv, repositoryId } = row;
      expect(after).toMatchObject({
        ...{ status: "COMPLETED", errorCode: null, documentCount, dataBytes, storedBytes },
        ...{ mongoDBVersion, fcv, repositoryId, collectionCount: 1 },
      });
      expect(await test.db.cluster.findUnique({ where: { id: cluster.id } })).toMatchObject({ keptSnapshots: 1 });

      expect(await collect(row)).toMatchObject({ errorCode: null });
      const repository = await repositoryOf(row);
      const { members } = await repository.readManifest(after.manifestId!);
      expect(members[0]!.collections[0]).toMatchObject({
        name: "orders",
        documents: DOCUMENTS,
        bytes: Number(dataBytes),
      });
      expect((await repository.verify(after.manifestId!, { signal })).ok).toBe(true);
    },
  );

  it("does not need the cluster for it", async () => {
    const { runId, row } = await take();
    await goBack(runId, row, "RUNNING");
    await test.db.cluster.update({
      where: { id: cluster.id },
      data: { connectionSealed: sealConnectionString("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300") },
    });
    expect(await goesOn(runId)).toMatchObject({ status: "COMPLETED", errorCode: null });
  });

  it("loses no manifest to garbage collection when the run fails before it is found", async () => {
    const { runId, row } = await take();
    await goBack(runId, row, "RUNNING");
    const failed = { status: "FAILED" as const, finishedAt: new Date() };
    await test.db.snapshot.update({ where: { id: row.id }, data: failed });
    await test.db.run.update({ where: { id: runId }, data: failed });
    expect(await collect(row)).toMatchObject({ manifestsRemoved: 0, errorCode: null });
    const repository = await repositoryOf(row);
    await repository.readManifest(row.manifestId!);

    // The failed snapshot's own end, by a person or by its retention, is the manifest's as well.
    await callerOf(world.owner).snapshots.delete({ projectId: world.project.id, snapshotId: row.id });
    expect(await collect(row)).toMatchObject({ manifestsRemoved: 1 });
    await expect(repository.readManifest(row.manifestId!)).rejects.toMatchObject({ code: "MANIFEST_NOT_FOUND" });
  });

  it("reads anew where what was stored then is gone", async () => {
    const { runId, row } = await take();
    await goBack(runId, row, "RUNNING");
    const repository = await repositoryOf(row);
    for await (const { name } of repository.store.list("packs/")) await repository.store.delete(name);
    expect(await goesOn(runId)).toMatchObject({ status: "COMPLETED", errorCode: null });
    const { manifestId } = await test.db.snapshot.findUniqueOrThrow({ where: { id: row.id } });
    expect((await repository.verify(manifestId!, { signal })).ok).toBe(true);
    expect(await collect(row)).toMatchObject({ manifestsRemoved: 1, errorCode: null });
  });

  it("reads anew where what was stored then is another cluster's", async () => {
    const { runId, row } = await take();
    await goBack(runId, row, "RUNNING");
    await destroySource();
    const repository = await repositoryOf(row);
    const manifest = await repository.readManifest(row.manifestId!);
    await collect(row);
    await repository.writeManifest({ ...manifest, source: { ...manifest.source, clusterId: world.project.id } });
    await repository.deleteManifest(row.manifestId!);
    expect(await goesOn(runId)).toMatchObject({ status: "COMPLETED", errorCode: null });
    const after = await test.db.snapshot.findUniqueOrThrow({ where: { id: row.id } });
    expect(after.dataBytes).toBeLessThan(row.dataBytes!);
  });
});
