import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { makeCluster, makeSnapshot, makeWorld } from "@/server/testing/people";
import { makeS3Repository, startBadServer } from "@/server/testing/s3-repository";
import { startUpkeep } from "./upkeep";

vi.hoisted(() => {
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
});

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

it("goes on while a storage is silent, and stops at once", async () => {
  let requests = 0;
  const silent = await startBadServer(() => void (requests += 1));
  const world = await makeWorld();
  const repositoryId = await makeS3Repository(world, silent.url);
  const cluster = await makeCluster(world.project);
  await makeSnapshot(cluster, { repositoryId, manifestId: newId(), deletedAt: new Date(0) });
  const stop = startUpkeep(test.db);
  const observed = async () => (await test.db.cluster.findUniqueOrThrow({ where: { id: cluster.id } })).observedAt;
  await expect.poll(observed, { timeout: 10_000 }).not.toBeNull();
  await expect.poll(() => requests, { timeout: 10_000 }).toBe(1);
  const began = performance.now();
  await stop();
  expect(performance.now() - began).toBeLessThan(2000);
  await silent.close();
}, 30_000);
