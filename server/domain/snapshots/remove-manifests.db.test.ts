import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ensureRepository, openRepository } from "@/server/domain/repositories/open-repository";
import { sealCredentials } from "@/server/domain/storage/open-target";
import { FAKE_S3_USER, FakeS3 } from "@/server/engine/storage/testing/fake-s3";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { makeCluster, makeSnapshot, makeWorld, type World } from "@/server/testing/people";
import { makeS3Repository, startBadServer } from "@/server/testing/s3-repository";
import { removeDeletedManifests } from "./remove-manifests";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-manifests-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

let test: TestDatabase;
let world: World;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  await test.close();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  await test.db.snapshot.deleteMany();
  world = await makeWorld();
});

/** The repository at the default target: this machine's disk unless told otherwise. */
async function makeRepository(): Promise<string> {
  const place = { projectId: world.project.id, cloudProvider: "AWS", region: "EU_CENTRAL_1" };
  return ensureRepository(test.db, world.org.id, place);
}

/** Deleted snapshots whose manifests are still to go, the first one the longest. */
async function makeDeleted(repositoryId: string, count: number, deletedAt: Date): Promise<string[]> {
  const cluster = await makeCluster(world.project);
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const at = new Date(deletedAt.getTime() + n);
    ids.push((await makeSnapshot(cluster, { repositoryId, manifestId: newId(), deletedAt: at })).id);
  }
  return ids;
}

const isRemoved = async (id: string) =>
  (await test.db.snapshot.findUniqueOrThrow({ where: { id } })).manifestId === null;
const LONG_AGO = new Date(0);
const YESTERDAY = new Date(Date.now() - 86_400_000);

describe("the removal of manifests", () => {
  it("asks a dead storage once, and does not let the others wait for it, however much is to go there", async () => {
    let requests = 0;
    const dead = await startBadServer((request) => {
      requests += 1;
      request.socket.destroy();
    });
    await makeDeleted(await makeS3Repository(world, dead.url), 120, LONG_AGO);
    const [mine] = await makeDeleted(await makeRepository(), 1, YESTERDAY);
    expect(await removeDeletedManifests(test.db)).toBe(1);
    expect(await isRemoved(mine!)).toBe(true);
    // One removal, with its retries.
    expect(requests).toBeLessThanOrEqual(5);
    await dead.close();
  });

  it("leaves a silent storage when its time is over, and asks it nothing new while that goes on", async () => {
    let requests = 0;
    const silent = await startBadServer(() => void (requests += 1));
    await makeDeleted(await makeS3Repository(world, silent.url), 3, LONG_AGO);
    const [mine, later] = await makeDeleted(await makeRepository(), 2, YESTERDAY);
    await test.db.snapshot.update({ where: { id: later! }, data: { deletedAt: null } });
    expect(await removeDeletedManifests(test.db, { laneMsMax: 2000 })).toBe(1);
    expect(await isRemoved(mine!)).toBe(true);
    expect(requests).toBe(1);
    await test.db.snapshot.update({ where: { id: later! }, data: { deletedAt: YESTERDAY } });
    expect(await removeDeletedManifests(test.db)).toBe(1);
    expect(requests).toBe(1);
    await silent.close();
  }, 20_000);

  it("goes on behind a manifest that is locked", async () => {
    const fake = new FakeS3();
    const endpoint = await fake.start({ "some-bucket": { hasLocks: true } });
    const [id, organizationId] = [newId(), world.org.id];
    const { id: accessKeyId, secret: secretAccessKey } = FAKE_S3_USER;
    const credentialsSealed = sealCredentials({ kind: "s3", accessKeyId, secretAccessKey });
    const location = `s3://some-bucket?endpoint=${endpoint}&objectLock=1&lockDays=1&lockMode=compliance`;
    await test.db.storageTarget.updateMany({ where: { organizationId }, data: { isDefault: false } });
    await test.db.storageTarget.create({
      data: { id, organizationId, name: "Bucket", kind: "S3", location, credentialsSealed, isDefault: true },
    });
    const repositoryId = await makeRepository();
    const [locked, free] = await makeDeleted(repositoryId, 2, YESTERDAY);
    const { manifestId } = await test.db.snapshot.findUniqueOrThrow({ where: { id: locked! } });
    const { store } = await openRepository(test.db, repositoryId);
    await store.put(`manifests/${manifestId}`, Buffer.from("locked"));
    expect(await removeDeletedManifests(test.db)).toBe(1);
    expect([await isRemoved(locked!), await isRemoved(free!)]).toEqual([false, true]);
    expect(await store.head(`manifests/${manifestId}`)).not.toBeNull();
    await fake.stop();
  });
});
