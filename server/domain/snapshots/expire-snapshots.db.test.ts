import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ClusterModel, Db, SnapshotModel } from "@/server/platform/db";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeSnapshot, makeWorld, type World } from "@/server/testing/people";
import { expireSnapshots } from "./expire-snapshots";

const DAY_MS = 86_400_000;

let test: TestDatabase;
let world: World;
let cluster: ClusterModel;
let older: SnapshotModel;
let newer: SnapshotModel;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

/** Two verified snapshots, of which the older one's time has come. */
beforeEach(async () => {
  await test.db.snapshot.deleteMany();
  world = await makeWorld();
  cluster = await makeCluster(world.project);
  older = await makeSnapshot(cluster, { createdAt: daysAgo(20), expiresAt: daysAgo(10), verifiedAt: daysAgo(19) });
  newer = await makeSnapshot(cluster, { createdAt: daysAgo(2), verifiedAt: daysAgo(1) });
});

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
const isKept = async ({ id }: SnapshotModel) =>
  (await test.db.snapshot.findUniqueOrThrow({ where: { id } })).deletedAt === null;

/** The database, in which something happens after the list of what is due and before the first of it is ended. */
function withMeanwhile(happen: () => Promise<unknown>): Db {
  return new Proxy(test.db, {
    get(db, key) {
      const member: unknown = Reflect.get(db, key, db);
      if (key !== "$transaction") return member;
      return async (work: unknown) => {
        await happen();
        return (member as (work: unknown) => Promise<unknown>).call(db, work);
      };
    },
  });
}

describe("the expiry of a snapshot", () => {
  it("ends it while a newer one of its cluster is verified", async () => {
    expect(await expireSnapshots(test.db)).toBe(1);
    expect([await isKept(older), await isKept(newer)]).toEqual([false, true]);
  });

  it("leaves the last verified one of a living cluster, and ends that of a terminated one", async () => {
    await test.db.snapshot.update({ where: { id: newer.id }, data: { verifiedAt: null } });
    expect(await expireSnapshots(test.db)).toBe(0);
    await test.db.cluster.update({ where: { id: cluster.id }, data: { deletedAt: new Date() } });
    expect(await expireSnapshots(test.db)).toBe(1);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      "the newer one is found damaged",
      () => test.db.snapshot.update({ where: { id: newer.id }, data: { verifiedAt: null, verifyError: "damaged" } }),
    ],
    [
      "a person deletes the newer one",
      () => callerOf(world.owner).snapshots.delete({ projectId: world.project.id, snapshotId: newer.id }),
    ],
    [
      "its time is put off",
      () => test.db.snapshot.update({ where: { id: older.id }, data: { expiresAt: daysAgo(-1) } }),
    ],
  ])("does not happen when meanwhile %s", async (_, happen) => {
    let once: Promise<unknown> | undefined;
    expect(await expireSnapshots(withMeanwhile(() => (once ??= happen())))).toBe(0);
    expect(await isKept(older)).toBe(true);
  });

  it("does not count on a newer one that somebody is about to change, and does not wait for them", async () => {
    await test.db.$transaction(async (tx) => {
      await tx.$queryRaw`select id from "Snapshot" where id = ${newer.id} for update`;
      expect(await expireSnapshots(test.db)).toBe(0);
    });
    expect(await expireSnapshots(test.db)).toBe(1);
  });

  it("ends of two verified ones that are both due the older one, whoever comes first", async () => {
    await test.db.snapshot.update({ where: { id: newer.id }, data: { expiresAt: daysAgo(1) } });
    const ended = await Promise.all([1, 2, 3].map(() => expireSnapshots(test.db)));
    expect(ended.reduce((sum, one) => sum + one)).toBe(1);
    expect([await isKept(older), await isKept(newer)]).toEqual([false, true]);
  });
});
