import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { makeCluster, makeSnapshot, makeWorld, type World } from "@/server/testing/people";
import { makeS3Repository, startBadServer } from "@/server/testing/s3-repository";
import { collectDueRepositories } from "./collect-due";
import { oldestRunningSince } from "./ledger";
import { ensureRepository } from "./open-repository";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-due-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

let test: TestDatabase;
let ours: World;
let theirs: World;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  await test.close();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  await test.db.run.deleteMany();
  [ours, theirs] = [await makeWorld(), await makeWorld()];
});

const repositoryOf = (world: World) =>
  ensureRepository(test.db, world.org.id, {
    projectId: world.project.id,
    cloudProvider: "AWS",
    region: "EU_CENTRAL_1",
  });

describe("the collection of garbage in many repositories", () => {
  it("leaves one whose storage hangs when its time is over, and goes on with the next", async () => {
    const silent = await startBadServer(() => undefined);
    const hangs = await makeS3Repository(ours, silent.url);
    const sound = await repositoryOf(theirs);
    expect(await collectDueRepositories(test.db, { roundMsMax: 500, endingMsMax: 100 })).toBe(1);
    const round = await test.db.garbageRound.findFirstOrThrow({ where: { repositoryId: sound } });
    expect(round).toMatchObject({ errorCode: null, finishedAt: expect.any(Date) });
    expect(await test.db.garbageRound.findFirst({ where: { repositoryId: hangs } })).toMatchObject({
      finishedAt: null,
    });
    await silent.close();
    // What hung ends too, and says so in its row.
    const ended = () => test.db.garbageRound.findFirstOrThrow({ where: { repositoryId: hangs } });
    await expect.poll(ended, { timeout: 15_000 }).toMatchObject({ errorCode: "STORAGE_UNAVAILABLE" });
  }, 30_000);
});

describe("a repository whose last round is from before the worker began", () => {
  const HOUR_MS = 3_600_000;
  const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS);
  /** Rounds that there are after a look, where the last one went well and left nothing to do. */
  const roundsAfter = async (lastStartedAt: Date, workerSince: Date): Promise<number> => {
    const repositoryId = await repositoryOf(ours);
    const data = { id: newId(), repositoryId, startedAt: lastStartedAt, finishedAt: lastStartedAt };
    await test.db.garbageRound.create({ data });
    await collectDueRepositories(test.db, { workerSince });
    return test.db.garbageRound.count({ where: { repositoryId } });
  };

  it("gets a round, for the database may be an older one", async () => {
    expect(await roundsAfter(ago(2), ago(1))).toBe(2);
  });

  it("gets none within an hour of the last one, however often workers begin", async () => {
    expect(await roundsAfter(ago(0.9), ago(0))).toBe(1);
  });

  it("has had its round when one began after the worker", async () => {
    expect(await roundsAfter(ago(2), ago(3))).toBe(1);
  });
});

describe("the runs that a repository waits for", () => {
  const began = new Date(Date.now() - 60_000);
  const begin = async (world: World, kind: "SNAPSHOT_TAKE" | "RESTORE", subjectId: string, projectId?: string) => {
    const cluster = await makeCluster(world.project);
    const ids = { id: newId(), projectId: projectId ?? world.project.id, clusterId: cluster.id, subjectId };
    await test.db.run.create({ data: { ...ids, kind, status: "RUNNING", startedAt: began } });
  };
  const snapshotOf = async (world: World, repositoryId: string | null) =>
    makeSnapshot(await makeCluster(world.project), { repositoryId });

  it("are all of its own organization, and none of another that works on something else", async () => {
    const [mine, other] = [await repositoryOf(ours), await repositoryOf(theirs)];
    await begin(ours, "SNAPSHOT_TAKE", (await snapshotOf(ours, null)).id);
    expect(await oldestRunningSince(test.db, mine)).toEqual(began);
    expect(await oldestRunningSince(test.db, other)).toBeNull();
  });

  it("are restores for another organization that read it", async () => {
    const [mine, other] = [await repositoryOf(ours), await repositoryOf(theirs)];
    const [snapshot, target] = [await snapshotOf(ours, mine), await makeCluster(theirs.project)];
    const id = newId();
    const source = { sourceProjectId: ours.project.id, sourceClusterId: snapshot.clusterId, sourceClusterName: "a" };
    const into = { targetProjectId: theirs.project.id, targetClusterId: target.id, targetClusterName: "b" };
    await test.db.restoreJob.create({
      data: { id, snapshotId: snapshot.id, ...source, ...into, status: "IN_PROGRESS" },
    });
    await begin(theirs, "RESTORE", id);
    expect(await oldestRunningSince(test.db, mine)).toEqual(began);
    expect(await oldestRunningSince(test.db, other)).toEqual(began);
    const third = await makeWorld();
    expect(await oldestRunningSince(test.db, await repositoryOf(third))).toBeNull();
  });

  it("are those, too, of which no row says what they work on", async () => {
    const mine = await repositoryOf(ours);
    await begin(theirs, "RESTORE", newId());
    expect(await oldestRunningSince(test.db, mine)).toEqual(began);
    await test.db.run.deleteMany();
    await begin(theirs, "SNAPSHOT_TAKE", (await snapshotOf(theirs, await repositoryOf(theirs))).id, newId());
    expect(await oldestRunningSince(test.db, mine)).toEqual(began);
  });
});
