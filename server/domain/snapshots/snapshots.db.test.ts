import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closeQueue } from "@/server/jobs/queue";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeMember, makeSnapshot, makeWorld, type World } from "@/server/testing/people";
import { expireSnapshots } from "./expire-snapshots";

let test: TestDatabase;
let world: World;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  await closeQueue();
  await test.close();
});
beforeEach(async () => {
  world = await makeWorld();
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { message: string }) => error.message,
  );
const mine = () => callerOf(world.owner);
const inProject = () => ({ projectId: world.project.id });
const DAY_MS = 86_400_000;

describe("taking a snapshot", () => {
  it("queues a run, keeps who asked and for how long, and tells it", async () => {
    const cluster = await makeCluster(world.project);
    const input = { ...inProject(), clusterId: cluster.id, retentionDays: 3, description: " before the migration " };
    const { snapshotId, runId } = await mine().snapshots.take(input);
    const view = await mine().snapshots.get({ ...inProject(), snapshotId });
    expect(view).toMatchObject({
      status: "QUEUED",
      kind: "ON_DEMAND",
      requestedBy: "Olga Owner",
      description: "before the migration",
      retentionDays: 3,
      run: { id: runId },
    });
    expect(view.expiresAt!.getTime() - view.createdAt.getTime()).toBe(3 * DAY_MS);
    expect(view.can).toMatchObject({
      cancel: { allowed: true },
      restore: { allowed: false },
      delete: { allowed: false },
    });
    const { items } = await mine().activity.listProject(inProject());
    expect(items[0]).toMatchObject({
      type: "CPS_ON_DEMAND_SNAPSHOT_REQUESTED",
      outcome: "DONE",
      cluster: { name: cluster.name },
    });
    const jobs = await test.db.$queryRaw<unknown[]>`select 1 from pgboss.job where data->>'runId' = ${runId}`;
    expect(jobs).toHaveLength(1);
  });

  it("is refused with the reason, and the refusal is told", async () => {
    const m0 = await makeCluster(world.project, { tier: "M0", backupEnabled: false });
    const flex = await makeCluster(world.project, { tier: "FLEX", backupEnabled: false });
    const creating = await makeCluster(world.project, { state: "CREATING" });
    const busy = await makeCluster(world.project);
    await mine().snapshots.take({ ...inProject(), clusterId: busy.id });
    const locked = await makeCluster(world.project, { serverKey: "rs:1" });
    await test.db.serverLock.create({
      data: { serverKey: "rs:1", clusterId: newId(), runId: newId(), reason: "Restore of night." },
    });
    const take = (cluster: { id: string }) => codeOf(mine().snapshots.take({ ...inProject(), clusterId: cluster.id }));
    expect(await take(m0)).toBe("INSUFFICIENT_INSTANCE_SIZE");
    expect(await take(flex)).toBe("INSUFFICIENT_INSTANCE_SIZE");
    expect(await take(creating)).toBe("CLUSTER_NOT_READY");
    expect(await take(busy)).toBe("UNFINISHED_ON_DEMAND_SNAPSHOT");
    expect(await take(locked)).toBe("CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE");
    expect(await take({ id: newId() })).toBe("CLUSTER_NOT_FOUND");
    const refused = await test.db.activityEntry.count({ where: { organizationId: world.org.id, outcome: "REFUSED" } });
    expect(refused).toBe(5);
    expect(await test.db.run.count({ where: { projectId: world.project.id } })).toBe(1);
    const views = await mine().clusters.list(inProject());
    expect(views.every((view) => !view.can.takeSnapshot.allowed)).toBe(true);
    await test.db.serverLock.deleteMany();
  });

  it("queues one of two that are asked for at once", async () => {
    const cluster = await makeCluster(world.project);
    const take = () => codeOf(mine().snapshots.take({ ...inProject(), clusterId: cluster.id }));
    expect((await Promise.all([take(), take(), take()])).sort()).toEqual([
      "UNFINISHED_ON_DEMAND_SNAPSHOT",
      "UNFINISHED_ON_DEMAND_SNAPSHOT",
      "done",
    ]);
  });

  it("does not reach a cluster of another project", async () => {
    const other = await makeWorld();
    const cluster = await makeCluster(other.project);
    const snapshot = await makeSnapshot(cluster);
    expect(await codeOf(mine().snapshots.take({ ...inProject(), clusterId: cluster.id }))).toBe("CLUSTER_NOT_FOUND");
    expect(await codeOf(mine().snapshots.get({ ...inProject(), snapshotId: snapshot.id }))).toBe("SNAPSHOT_NOT_FOUND");
    expect(await codeOf(mine().snapshots.delete({ ...inProject(), snapshotId: snapshot.id }))).toBe(
      "SNAPSHOT_NOT_FOUND",
    );
  });
});

describe("a snapshot", () => {
  it("is cancelled by request, twice like once, and not when it has ended", async () => {
    const cluster = await makeCluster(world.project);
    const { snapshotId, runId } = await mine().snapshots.take({ ...inProject(), clusterId: cluster.id });
    const cancel = () => codeOf(mine().snapshots.cancel({ ...inProject(), snapshotId }));
    expect([await cancel(), await cancel()]).toEqual(["done", "done"]);
    expect((await mine().runs.get({ ...inProject(), runId })).cancelRequestedBy).toBe("Olga Owner");
    await test.db.run.update({ where: { id: runId }, data: { status: "CANCELLED" } });
    expect(await cancel()).toBe("RUN_NOT_CANCELLABLE");
  });

  it("is verified only when complete, once at a time", async () => {
    const cluster = await makeCluster(world.project);
    const verify = (snapshotId: string) => mine().snapshots.verify({ ...inProject(), snapshotId });
    const failed = await makeSnapshot(cluster, { status: "FAILED" });
    expect(await codeOf(verify(failed.id))).toBe("SNAPSHOT_NOT_COMPLETED");
    const complete = await makeSnapshot(cluster);
    const runs = await Promise.all([verify(complete.id), verify(complete.id)]);
    expect(runs[0]).toEqual(runs[1]);
  });

  it("is deleted unless it is being taken or restored", async () => {
    const cluster = await makeCluster(world.project);
    const remove = (snapshotId: string) => codeOf(mine().snapshots.delete({ ...inProject(), snapshotId }));
    const running = await makeSnapshot(cluster, { status: "IN_PROGRESS" });
    const [restoring, idle] = [await makeSnapshot(cluster), await makeSnapshot(cluster)];
    await test.db.restoreJob.create({
      data: {
        id: newId(),
        snapshotId: restoring.id,
        sourceProjectId: world.project.id,
        sourceClusterId: cluster.id,
        sourceClusterName: cluster.name,
        targetProjectId: world.project.id,
        targetClusterId: cluster.id,
        targetClusterName: cluster.name,
        status: "IN_PROGRESS",
      },
    });
    expect(await remove(running.id)).toBe("CANNOT_DELETE_IN_PROGRESS_SNAPSHOT");
    expect(await remove(restoring.id)).toBe("ATLAS_CLUSTER_RESTORE_IN_PROGRESS");
    expect([await remove(idle.id), await remove(idle.id)]).toEqual(["done", "SNAPSHOT_NOT_FOUND"]);
    const reader = await makeMember(world, { project: ["GROUP_READ_ONLY"] });
    const { can } = await callerOf(reader).snapshots.get({ ...inProject(), snapshotId: restoring.id });
    expect(can.delete).toMatchObject({
      allowed: false,
      needs: "Project Owner or Project Backup Manager",
      whoHas: ["Olga Owner"],
    });
  });
});

describe("what snapshots take in the store", () => {
  it("is the sum of those that exist, whichever way they go", async () => {
    const cluster = await makeCluster(world.project);
    const size = { storedBytes: 10n, dataBytes: 100n };
    const [deleted] = [
      await makeSnapshot(cluster, size),
      await makeSnapshot(cluster, { ...size, expiresAt: new Date(0) }),
    ];
    await makeSnapshot(cluster, { ...size, status: "FAILED" });
    await makeSnapshot(cluster, size);
    const stored = async () => (await mine().projects.overview(inProject())).stored;
    expect(await stored()).toEqual({ storedBytes: 30, fullCopyBytes: 300, snapshots: 3 });
    await mine().snapshots.delete({ ...inProject(), snapshotId: deleted.id });
    await expireSnapshots(test.db);
    expect(await stored()).toEqual({ storedBytes: 10, fullCopyBytes: 100, snapshots: 1 });
    const { storedHistory } = await mine().projects.overview(inProject());
    expect(storedHistory.at(-1)).toMatchObject({ storedBytes: 10, addedBytes: 10 });
    await mine().clusters.delete({
      ...inProject(),
      clusterId: cluster.id,
      typedName: cluster.name,
      retainSnapshots: false,
    });
    expect(await stored()).toEqual({ storedBytes: 0, fullCopyBytes: 0, snapshots: 0 });
  });
});

describe("the list of snapshots", () => {
  it("comes page by page in both directions, also where many share one moment", async () => {
    const cluster = await makeCluster(world.project);
    const at = new Date(Date.now() - DAY_MS);
    for (let i = 0; i < 7; i++) await makeSnapshot(cluster, { createdAt: i < 4 ? at : new Date(at.getTime() + i) });
    for (const sort of ["-createdAt", "createdAt"] as const) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: { items: Array<{ id: string }>; nextCursor: string | null; total: number } =
          await mine().snapshots.list({ ...inProject(), clusterId: cluster.id, limit: 2, sort, cursor });
        expect(page.total).toBe(7);
        seen.push(...page.items.map((item) => item.id));
        cursor = page.nextCursor;
      } while (cursor);
      expect(new Set(seen).size).toBe(7);
      expect(seen).toHaveLength(7);
    }
    expect(await codeOf(mine().snapshots.list({ ...inProject(), cursor: "bm9uc2Vuc2U" }))).toBe("VALIDATION_ERROR");
  });

  it("filters by kind, status, proof and time", async () => {
    const cluster = await makeCluster(world.project);
    const old = await makeSnapshot(cluster, {
      kind: "DAILY",
      createdAt: new Date(Date.now() - 9 * DAY_MS),
      provenAt: new Date(),
    });
    const failed = await makeSnapshot(cluster, { status: "FAILED" });
    const list = async (filter: NonNullable<Parameters<ReturnType<typeof mine>["snapshots"]["list"]>[0]["filter"]>) =>
      (await mine().snapshots.list({ ...inProject(), filter })).items.map((item) => item.id);
    expect(await list({ kind: "policy" })).toEqual([old.id]);
    expect(await list({ kind: "onDemand" })).toEqual([failed.id]);
    expect(await list({ status: "FAILED" })).toEqual([failed.id]);
    expect(await list({ proven: true })).toEqual([old.id]);
    expect(await list({ takenAfter: new Date(Date.now() - DAY_MS) })).toEqual([failed.id]);
  });

  it("becomes marks on a time axis, with restores and changes of version above", async () => {
    const cluster = await makeCluster(world.project);
    const from = new Date(Date.now() - 3 * DAY_MS);
    await makeSnapshot(cluster, { createdAt: new Date(from.getTime() - 1) });
    await makeSnapshot(cluster, { createdAt: new Date(from.getTime() + 1000), mongoDBVersion: "8.0.3" });
    await makeSnapshot(cluster, {
      createdAt: new Date(from.getTime() + 2000),
      verifiedAt: new Date(),
      consistent: false,
    });
    const timeline = await mine().snapshots.timeline({ ...inProject(), clusterId: cluster.id, from, to: new Date() });
    expect(timeline.marks.map((mark) => [mark.verified, mark.consistent])).toEqual([
      [false, true],
      [true, false],
    ]);
    expect(timeline.events.map((event) => event.label)).toEqual(["8.0.3 to 8.0.4"]);
    expect(timeline.oldestAt!.getTime()).toBeLessThan(from.getTime());
  });
});

describe("expiry", () => {
  const due = new Date(Date.now() - 1000);
  const isGone = async (id: string) => (await test.db.snapshot.findUniqueOrThrow({ where: { id } })).deletedAt !== null;

  it("ends what is due, and never the last verified snapshot of a living cluster", async () => {
    const cluster = await makeCluster(world.project);
    const make = (over: Parameters<typeof makeSnapshot>[1], ageDays: number) =>
      makeSnapshot(cluster, { createdAt: new Date(Date.now() - ageDays * DAY_MS), expiresAt: due, ...over });
    const olderVerified = await make({ verifiedAt: new Date() }, 5);
    const lastVerified = await make({ verifiedAt: new Date() }, 4);
    const plain = await make({}, 3);
    const failed = await make({ status: "FAILED" }, 2);
    const fresh = await makeSnapshot(cluster);
    await expireSnapshots(test.db);
    expect(await Promise.all([olderVerified, lastVerified, plain, failed, fresh].map((one) => isGone(one.id)))).toEqual(
      [true, false, true, true, false],
    );
    await makeSnapshot(cluster, { provenAt: new Date() });
    await expireSnapshots(test.db);
    expect(await isGone(lastVerified.id)).toBe(true);
    expect(await expireSnapshots(test.db)).toBe(0);
  });

  it("ends the last one too when the cluster is terminated", async () => {
    const cluster = await makeCluster(world.project, { state: "DELETED", deletedAt: new Date(), liveName: null });
    const last = await makeSnapshot(cluster, { verifiedAt: new Date(), expiresAt: due });
    await expireSnapshots(test.db);
    expect(await isGone(last.id)).toBe(true);
  });

  it("waits for a restore that reads it", async () => {
    const cluster = await makeCluster(world.project);
    const read = await makeSnapshot(cluster, { expiresAt: due });
    const names = { sourceClusterName: cluster.name, targetClusterName: cluster.name };
    const ids = {
      sourceProjectId: world.project.id,
      sourceClusterId: cluster.id,
      targetProjectId: world.project.id,
      targetClusterId: cluster.id,
    };
    await test.db.restoreJob.create({
      data: { id: newId(), snapshotId: read.id, ...ids, ...names, status: "IN_PROGRESS" },
    });
    await expireSnapshots(test.db);
    expect(await isGone(read.id)).toBe(false);
  });
});
