import { rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { adoptRepository } from "@/server/domain/repositories/adopt/adopt-repository";
import { collectRepository } from "@/server/domain/repositories/collect-repository";
import { ensureRepository, openRepository } from "@/server/domain/repositories/open-repository";
import type { Repository } from "@/server/engine/repository";
import { documents, manifestOf } from "@/server/engine/repository/repository-fixture";
import { buildTree } from "@/server/engine/tree";
import { installationKey } from "@/server/platform/crypto";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeSnapshot, makeWorld, type World } from "@/server/testing/people";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-projects-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

let test: TestDatabase;
let world: World;
let repository: Repository;
let snapshotIds: string[];
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  await test.close();
  await rm(home, { recursive: true, force: true });
});

/** A manifest with nodes, as a run stores it for a snapshot. */
async function writeManifest(snapshotId: string): Promise<string> {
  const writer = repository.writer();
  const root = await buildTree(documents(50), writer, { ...repository.shape, keys: "fromId" });
  await writer.flush();
  return repository.writeManifest({ ...manifestOf({ a: { base: root, deltas: [] } }, { a: root }), snapshotId });
}

/** A project whose cluster was terminated with its snapshots: one completed, and one that failed after its first try was killed. */
beforeEach(async () => {
  world = await makeWorld();
  const { id: projectId } = world.project;
  const place = { projectId, cloudProvider: "AWS", region: "EU_CENTRAL_1" };
  const repositoryId = await ensureRepository(test.db, world.org.id, place);
  repository = await openRepository(test.db, repositoryId);
  const cluster = await makeCluster(world.project);
  const completed = await makeSnapshot(cluster, { repositoryId });
  const manifestId = await writeManifest(completed.id);
  await test.db.snapshot.update({ where: { id: completed.id }, data: { manifestId } });
  const failed = await makeSnapshot(cluster, { repositoryId, status: "FAILED" });
  await writeManifest(failed.id);
  snapshotIds = [completed.id, failed.id];
  const names = { typedName: cluster.name, retainSnapshots: false };
  await callerOf(world.owner).clusters.delete({ projectId, clusterId: cluster.id, ...names });
});

const deleteProject = () =>
  callerOf(world.owner).projects.delete({ projectId: world.project.id, typedName: world.project.name });
const collect = async () => (await collectRepository(test.db, repository.id, { graceMs: 0 }))!;
const leaving = () => test.db.leavingSnapshot.count({ where: { id: { in: snapshotIds } } });

describe("a project deleted right after its cluster and snapshots", () => {
  it("leaves nothing in the storage that nobody removes, and no row for ever", async () => {
    await deleteProject();
    expect(await collect()).toMatchObject({ manifestsRemoved: 2, manifestsForeign: 0, manifests: 0, errorCode: null });
    expect(await leaving()).toBe(0);
    for (let round = 0; round < 2; round += 1) await collect();
    const packs: string[] = [];
    for await (const { name } of repository.store.list("packs/")) packs.push(name);
    expect(packs).toEqual([]);
  });

  it("leaves its failed snapshot, which nobody deleted, to be removed as well", async () => {
    await test.db.snapshot.updateMany({ where: { id: snapshotIds[1]! }, data: { deletedAt: null } });
    await deleteProject();
    expect(await collect()).toMatchObject({ manifestsRemoved: 2, manifests: 0 });
  });

  it("makes its manifests wait for a run that began before the deletion", async () => {
    const ids = { id: newId(), projectId: newId(), clusterId: newId(), subjectId: newId() };
    const startedAt = new Date(Date.now() - 60_000);
    await test.db.run.create({ data: { ...ids, kind: "RESTORE", status: "RUNNING", startedAt } });
    await deleteProject();
    expect(await collect()).toMatchObject({ manifestsRemoved: 0, manifestsForeign: 0, manifests: 2 });
    expect(await leaving()).toBe(2);
    await test.db.run.delete({ where: { id: ids.id } });
    expect(await collect()).toMatchObject({ manifestsRemoved: 2, manifests: 0 });
  });

  it("is remembered while its storage does not answer", async () => {
    await deleteProject();
    const { location } = await test.db.repository.findUniqueOrThrow({ where: { id: repository.id } });
    const folder = fileURLToPath(location);
    await rename(folder, `${folder}-elsewhere`);
    expect(await collect()).toMatchObject({ errorCode: expect.any(String) });
    expect(await leaving()).toBe(2);
    await rename(`${folder}-elsewhere`, folder);
    expect(await collect()).toMatchObject({ manifestsRemoved: 2, errorCode: null });
  });

  it("does not come back when its repository is adopted", async () => {
    await deleteProject();
    const { location } = await test.db.repository.findUniqueOrThrow({ where: { id: repository.id } });
    const adoption = await adoptRepository({
      ...{ db: test.db, location, credentials: { kind: "none" }, key: installationKey() },
      signal: new AbortController().signal,
    });
    expect(adoption).toMatchObject({
      ok: true,
      repositoryId: repository.id,
      inserted: { organization: false, repository: false, projects: 0, clusters: 0, snapshots: 0 },
    });
    expect(await test.db.snapshot.count({ where: { id: { in: snapshotIds } } })).toBe(0);
    expect(await collect()).toMatchObject({ manifestsRemoved: 2 });
  });
});
