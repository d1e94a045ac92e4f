import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sealConnectionString } from "@/server/domain/clusters/open-deployment";
import { observe } from "@/server/domain/clusters/observe-cluster";
import { collectDueRepositories } from "@/server/domain/repositories/collect-due";
import { collectRepository, type CollectOptions } from "@/server/domain/repositories/collect-repository";
import { openRepository } from "@/server/domain/repositories/open-repository";
import { removeDeletedManifests } from "@/server/domain/snapshots/remove-manifests";
import type { Repository } from "@/server/engine/repository";
import { readObject } from "@/server/engine/storage";
import type { ClusterModel } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeMember, makeWorld, type Person, type World } from "@/server/testing/people";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { closeQueue } from "./queue";
import { loadHandler } from "./registry";
import { RunWorker } from "./run-worker";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-garbage-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

const KEPT = 200;
const DROPPED = 800;
const signal = new AbortController().signal;

let test: TestDatabase;
let world: World;
let manager: Person;
let worker: RunWorker;
let source: TestServer;
let target: TestServer;
let clusters: { source: ClusterModel; target: ClusterModel };
let repositoryId: string;
let repository: Repository;
let first: string;
let second: string;

const inProject = () => ({ projectId: world.project.id });
const rowOf = (id: string) => test.db.snapshot.findUniqueOrThrow({ where: { id } });
const collect = async (options: CollectOptions = {}) => (await collectRepository(test.db, repositoryId, options))!;
const contentsOf = (server: TestServer) =>
  server.client.db("shop").collection("orders").find().sort({ _id: 1 }).toArray();

async function ended(runId: string): Promise<void> {
  for (;;) {
    const run = await test.db.run.findUniqueOrThrow({ where: { id: runId } });
    if (run.status === "COMPLETED") return;
    if (run.status !== "QUEUED" && run.status !== "RUNNING") throw new Error(`${run.kind} ended: ${run.errorMessage}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function take(): Promise<string> {
  const taken = await callerOf(manager).snapshots.take({ ...inProject(), clusterId: clusters.source.id });
  await ended(taken.runId);
  return taken.snapshotId;
}

async function packs(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of repository.store.list("packs/")) names.push(name);
  return names;
}

/** As if a day and an hour had passed since packs were condemned. */
const aDayLater = () =>
  test.db.$executeRaw`update "RepositoryPack" set "condemnedAt" = "condemnedAt" - interval '25 hours'`;

/** Somebody who reads, as a restore does: the row of a run that goes on. */
async function beginReading(): Promise<string> {
  const ids = { id: newId(), projectId: world.project.id, clusterId: clusters.target.id, subjectId: newId() };
  const leaseExpiresAt = new Date(Date.now() + 3_600_000);
  await test.db.run.create({
    data: { ...ids, kind: "RESTORE", status: "RUNNING", startedAt: new Date(), workerId: "another", leaseExpiresAt },
  });
  return ids.id;
}

beforeAll(async () => {
  test = await createTestDatabase();
  world = await makeWorld();
  manager = await makeMember(world, { project: ["GROUP_BACKUP_MANAGER"], name: "Bea Backup" });
  source = await startTestServer();
  target = await startTestServer();
  const add = async (name: string, server: TestServer) => {
    const cluster = await makeCluster(world.project, { name, connectionSealed: sealConnectionString(server.uri) });
    await observe(test.db, cluster.id);
    return test.db.cluster.findUniqueOrThrow({ where: { id: cluster.id } });
  };
  clusters = { source: await add("orders", source), target: await add("orders-staging", target) };
  worker = new RunWorker({ db: test.db, workerId: "w1", concurrency: 2, loadHandler });
  await worker.start();
  const shop = source.client.db("shop");
  const make = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ n, note: randomBytes(600).toString("hex") }));
  await shop.collection("orders").insertMany(make(KEPT));
  await shop.collection("old").insertMany(make(DROPPED));
  first = await take();
  await shop.collection("old").drop();
  await shop.collection("orders").updateOne({ n: 7 }, { $set: { note: "changed" } });
  second = await take();
  repositoryId = (await rowOf(first)).repositoryId!;
  repository = await openRepository(test.db, repositoryId);
}, 120_000);

afterAll(async () => {
  await worker.stop();
  await Promise.all([source.close(), target.close()]);
  await closeQueue();
  await test.close();
  await rm(home, { recursive: true, force: true });
});

describe("the garbage of a repository", () => {
  it("is nothing while both snapshots are kept", async () => {
    expect(await collect({ graceMs: 0 })).toMatchObject({ manifests: 2, packsCondemned: 0, errorCode: null });
  });

  it("does not include a deleted snapshot while somebody reads who began before", async () => {
    const { manifestId } = await rowOf(first);
    const runId = await beginReading();
    await callerOf(world.owner).snapshots.delete({ ...inProject(), snapshotId: first });
    expect(await removeDeletedManifests(test.db)).toBe(0);
    expect((await rowOf(first)).manifestId).toBe(manifestId);
    for (let round = 0; round < 3; round += 1) {
      expect(await collect({ graceMs: 0 })).toMatchObject({ manifests: 2, packsCondemned: 0, packsDeleted: 0 });
    }
    expect((await repository.verify(manifestId!, { signal })).ok).toBe(true);
    await test.db.run.update({ where: { id: runId }, data: { status: "COMPLETED" } });
    expect(await removeDeletedManifests(test.db)).toBe(1);
    expect((await rowOf(first)).manifestId).toBeNull();
  });

  it("goes when a day has passed, for runs that began later do not need it; the other snapshot restores", async () => {
    const before = await packs();
    expect(await collect()).toMatchObject({ manifests: 1, packsCondemned: 1, packsDeleted: 0, packsWaiting: 1 });
    expect(await collect()).toMatchObject({ packsCondemned: 0, packsDeleted: 0, packsWaiting: 1 });
    const runId = await beginReading();
    await aDayLater();
    const round = await collect();
    expect(round).toMatchObject({ packsDeleted: 1, packsRewritten: 1, packsWaiting: 0, errorCode: null });
    expect(round.writtenBytes).toBeLessThan(round.deletedBytes / 2n);
    await test.db.run.update({ where: { id: runId }, data: { status: "COMPLETED" } });
    const after = await packs();
    expect(after.filter((name) => before.includes(name)).length).toBe(before.length - 1);

    const { manifestId } = await rowOf(second);
    expect((await repository.verify(manifestId!, { signal })).ok).toBe(true);
    const names = {
      targetProjectId: world.project.id,
      targetClusterId: clusters.target.id,
      typedName: "orders-staging",
    };
    const restore = await callerOf(manager).restores.start({ ...inProject(), snapshotId: second, ...names });
    await ended(restore.runId);
    expect(await contentsOf(target)).toEqual(await contentsOf(source));
  });

  it("includes what a killed try left, and not what nobody here can explain", async () => {
    const { manifestId } = await rowOf(second);
    const manifest = await repository.readManifest(manifestId!);
    const left = await repository.writeManifest(manifest);
    const foreign = await repository.writeManifest({ ...manifest, snapshotId: newId() });
    expect(await collect()).toMatchObject({ manifestsRemoved: 1, manifestsForeign: 1, manifests: 2 });
    await expect(repository.readManifest(left)).rejects.toMatchObject({ code: "MANIFEST_NOT_FOUND" });
    await repository.readManifest(foreign);
    await repository.deleteManifest(foreign);
  });

  it("is left alone, and the round says why, while it is unknown what a snapshot needs", async () => {
    const { manifestId } = await rowOf(second);
    const name = `manifests/${manifestId}`;
    const content = await readObject(repository.store, name);
    await repository.store.delete(name);
    await repository.store.put(name, content.subarray(0, content.length - 1));
    const round = await collect({ graceMs: 0 });
    expect(round).toMatchObject({ errorCode: "MANIFEST_CORRUPT", packsCondemned: 0, packsDeleted: 0 });
    expect(round.errorMessage).toContain(manifestId);
    await repository.store.delete(name);
    await repository.store.put(name, content);
    expect(await collect({ graceMs: 0 })).toMatchObject({ errorCode: null });
  });

  it("is collected by one at a time, when its turn has come", async () => {
    const rounds = await Promise.all([1, 2, 3].map(() => collectRepository(test.db, repositoryId)));
    expect(rounds.filter((round) => round !== null).length).toBeGreaterThanOrEqual(1);
    const spans = await test.db.garbageRound.findMany({ orderBy: { startedAt: "asc" } });
    for (const [i, { startedAt }] of spans.entries()) {
      if (i > 0) expect(startedAt.getTime()).toBeGreaterThanOrEqual(spans[i - 1]!.finishedAt!.getTime());
    }
    expect(await collectDueRepositories(test.db)).toBe(0);
    await test.db.$executeRaw`update "GarbageRound" set "startedAt" = "startedAt" - interval '61 minutes'`;
    expect(await collectDueRepositories(test.db)).toBe(1);
  });

  it("is everything in the end", async () => {
    await callerOf(world.owner).snapshots.delete({ ...inProject(), snapshotId: second });
    await collect();
    await aDayLater();
    await collect();
    expect(await packs()).toEqual([]);
    expect(await test.db.repositoryNode.count()).toBe(0);
  });
});
