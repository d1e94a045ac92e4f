import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databaseNow } from "@/server/domain/repositories/ledger";
import type { ClusterModel, SnapshotModel, Tx } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeSnapshot, makeWorld, type World } from "@/server/testing/people";

let test: TestDatabase;
let world: World;
let cluster: ClusterModel;
let snapshot: SnapshotModel;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  world = await makeWorld();
  cluster = await makeCluster(world.project);
  snapshot = await makeSnapshot(cluster);
});

const rowOf = () => test.db.snapshot.findUniqueOrThrow({ where: { id: snapshot.id } });
const terminate = () =>
  callerOf(world.owner)
    .clusters.delete({
      ...{ projectId: world.project.id, clusterId: cluster.id },
      ...{ typedName: cluster.name, retainSnapshots: false },
    })
    .then(
      () => "done",
      (error: Error) => error.message,
    );

/** Terminates the cluster while a transaction that has the snapshot's row locked does something more; answers how it ended. */
async function terminateBeside(work: (tx: Tx) => Promise<void>): Promise<string> {
  let outcome: Promise<string> | undefined;
  await test.db.$transaction(
    async (tx) => {
      await tx.$queryRaw`select id from "Snapshot" where id = ${snapshot.id} for update`;
      outcome = terminate();
      while (!(await isSomebodyWaiting())) await new Promise((resolve) => setTimeout(resolve, 20));
      await work(tx);
    },
    { timeout: 20_000 },
  );
  return outcome!;
}

async function isSomebodyWaiting(): Promise<boolean> {
  const waiting = await test.db.$queryRaw<unknown[]>`
    select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return waiting.length > 0;
}

async function insertRestore(tx: Tx, target: ClusterModel): Promise<void> {
  await tx.$queryRaw`select id from "Cluster" where id = ${target.id} for update`;
  await tx.restoreJob.create({
    data: {
      id: newId(),
      snapshotId: snapshot.id,
      sourceProjectId: world.project.id,
      sourceClusterId: cluster.id,
      sourceClusterName: cluster.name,
      targetProjectId: world.project.id,
      targetClusterId: target.id,
      targetClusterName: target.name,
      status: "QUEUED",
    },
  });
}

describe("terminating a cluster with its snapshots", () => {
  it("does not take a snapshot away whose restore is being asked for at that moment", async () => {
    const target = await makeCluster(world.project);
    expect(await terminateBeside((tx) => insertRestore(tx, target))).toBe("ATLAS_CLUSTER_RESTORE_IN_PROGRESS");
    expect((await rowOf()).deletedAt).toBeNull();
    expect(await test.db.cluster.findUnique({ where: { id: cluster.id } })).toMatchObject({ deletedAt: null });
  });

  it("and a restore into that same cluster, asked for at that moment, get into no deadlock", async () => {
    expect(await terminateBeside((tx) => insertRestore(tx, cluster))).toBe("ATLAS_CLUSTER_RESTORE_IN_PROGRESS");
  });

  it("gives them a moment of deletion after every choice to build on them", async () => {
    let chosenAt = new Date(0);
    expect(await terminateBeside(async (tx) => void (chosenAt = await databaseNow(tx)))).toBe("done");
    expect((await rowOf()).deletedAt!.getTime()).toBeGreaterThanOrEqual(chosenAt.getTime());
  });

  it("leaves snapshots of other clusters alone, and those that were deleted before their moment", async () => {
    const other = await makeSnapshot(await makeCluster(world.project));
    const deletedAt = new Date(0);
    const before = await makeSnapshot(cluster, { deletedAt });
    expect(await terminate()).toBe("done");
    expect(await test.db.snapshot.findUnique({ where: { id: other.id } })).toMatchObject({ deletedAt: null });
    expect(await test.db.snapshot.findUnique({ where: { id: before.id } })).toMatchObject({ deletedAt });
    expect(await test.db.cluster.findUnique({ where: { id: cluster.id } })).toMatchObject({ keptSnapshots: 0 });
  });
});
