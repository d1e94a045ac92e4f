import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ensureRepository } from "@/server/domain/repositories/open-repository";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { makeWorld } from "@/server/testing/people";
import { startCollector } from "./collector";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-collector-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  await test.close();
  await rm(home, { recursive: true, force: true });
});

it("does a round in each repository when a worker starts, and none again when the next one does", async () => {
  const world = await makeWorld();
  const place = { projectId: world.project.id, cloudProvider: "AWS", region: "EU_CENTRAL_1" };
  const repositoryId = await ensureRepository(test.db, world.org.id, place);
  const yesterday = new Date(Date.now() - 20 * 3_600_000);
  const data = { id: newId(), repositoryId, startedAt: yesterday, finishedAt: yesterday };
  await test.db.garbageRound.create({ data });
  const finished = () => test.db.garbageRound.count({ where: { finishedAt: { not: null } } });

  const stop = startCollector(test.db, { firstAfterMs: 0 });
  await expect.poll(finished, { timeout: 10_000 }).toBe(2);
  await stop();

  const stopNext = startCollector(test.db, { firstAfterMs: 0 });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await stopNext();
  expect(await test.db.garbageRound.count()).toBe(2);
});
