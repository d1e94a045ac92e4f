import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closeQueue } from "@/server/jobs/queue";
import { newId } from "@/server/platform/ids";
import { listen } from "@/server/platform/postgres";
import { DEPLOYMENT_WANTED_CHANNEL } from "@/server/jobs/definitions/embedded-deployment";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeMember, makeSnapshot, makeWorld, type World } from "@/server/testing/people";
import { sealConnectionString } from "./open-deployment";
import { pinnedFcvBelow } from "./tiers";

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

describe("creating a cluster", () => {
  it("writes what the host shall run, with a secret of its own, and wakes the host", async () => {
    const woken: Array<string | null> = [];
    const end = await listen(DEPLOYMENT_WANTED_CHANNEL, (payload) => void woken.push(payload));
    const { id } = await mine().clusters.create({ ...inProject(), name: "orders", tier: "M10", pinFcv: true });
    await new Promise((resolve) => setTimeout(resolve, 200));
    end();
    expect(woken).toEqual([id]);
    const view = await mine().clusters.get({ ...inProject(), clusterId: id });
    expect(view).toMatchObject({
      health: "creating",
      fcv: "7.0",
      fcvPinned: true,
      backupEnabled: true,
      embedded: { status: "stopped" },
    });
    expect(view.can.takeSnapshot).toMatchObject({ allowed: false, reason: "The cluster is being created." });
  });

  it("refuses a name that a living cluster has, not that of a terminated one", async () => {
    const create = () => codeOf(mine().clusters.create({ ...inProject(), name: "orders", tier: "M10" }));
    expect([await create(), await create()]).toEqual(["done", "DUPLICATE_CLUSTER_NAME"]);
    const cluster = await test.db.cluster.findFirstOrThrow({ where: { projectId: world.project.id } });
    await test.db.cluster.update({ where: { id: cluster.id }, data: { state: "IDLE" } });
    await mine().clusters.delete({ ...inProject(), clusterId: cluster.id, typedName: "orders" });
    expect(await create()).toBe("done");
  });

  it("gives every cluster a port of its own, also when many are made at once", async () => {
    const names = ["a", "b", "c", "d"];
    await Promise.all(names.map((name) => mine().clusters.create({ ...inProject(), name, tier: "M10" })));
    const rows = await test.db.embeddedDeployment.findMany({ where: { cluster: { projectId: world.project.id } } });
    expect(new Set(rows.map((row) => row.port)).size).toBe(4);
  });

  it("holds one M0 a project", async () => {
    await mine().clusters.create({ ...inProject(), name: "free", tier: "M0" });
    expect(await codeOf(mine().clusters.create({ ...inProject(), name: "free2", tier: "M0" }))).toBe(
      "INVALID_ATTRIBUTE",
    );
  });

  it.each([
    ["mongodb://u:p@169.254.169.254/", "CONNECTION_STRING_REFUSED"],
    ["mongodb://u:p@host/?tls=true&tlsCAFile=/etc/passwd", "CONNECTION_STRING_REFUSED"],
    ["mongodb://%2Ftmp%2Fmongodb.sock/", "CONNECTION_STRING_REFUSED"],
    ["mongodb://u:p@host/?authMechanism=MONGODB-AWS&authSource=$external", "CONNECTION_STRING_REFUSED"],
    ["https://example.com/", "CONNECTION_STRING_INVALID"],
    ["mongodb://u:p@127.0.0.1:1/?serverSelectionTimeoutMS=300", "CLUSTER_UNREACHABLE"],
  ])("refuses %s with %s, and keeps nothing of it", async (connectionString, code) => {
    const input = { ...inProject(), name: "ext", tier: "M10" as const, connectionString };
    expect(await codeOf(mine().clusters.connect(input))).toBe(code);
    expect(await test.db.cluster.count({ where: { projectId: world.project.id } })).toBe(0);
  });
});

describe("terminating a cluster", () => {
  it("asks for its name, keeps its snapshots, and tells it", async () => {
    const cluster = await makeCluster(world.project, { name: "orders" });
    await makeSnapshot(cluster);
    const remove = (typedName: string) =>
      codeOf(mine().clusters.delete({ ...inProject(), clusterId: cluster.id, typedName }));
    expect(await remove("order")).toBe("RESTORE_NAME_MISMATCH");
    expect([await remove("orders"), await remove("orders")]).toEqual(["done", "CLUSTER_NOT_FOUND"]);
    const [view] = await mine().clusters.list(inProject());
    expect(view).toMatchObject({ name: "orders", health: "terminated", snapshotCount: 1 });
  });

  it("is refused while it is locked, being copied or read by a restore", async () => {
    const make = () => makeCluster(world.project);
    const [locked, copied] = [await make(), await make()];
    await test.db.serverLock.create({
      data: { serverKey: newId(), clusterId: locked.id, runId: newId(), reason: "A restore." },
    });
    await mine().snapshots.take({ ...inProject(), clusterId: copied.id });
    const remove = (cluster: { id: string; name: string }) =>
      codeOf(mine().clusters.delete({ ...inProject(), clusterId: cluster.id, typedName: cluster.name }));
    expect(await remove(locked)).toBe("CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE");
    expect(await remove(copied)).toBe("UNFINISHED_ON_DEMAND_SNAPSHOT");
  });

  it("takes snapshots along only for who may delete them", async () => {
    const lead = await makeMember(world, { org: ["ORG_OWNER"] });
    const cluster = await makeCluster(world.project);
    const snapshot = await makeSnapshot(cluster);
    const input = { ...inProject(), clusterId: cluster.id, typedName: cluster.name, retainSnapshots: false };
    expect(await codeOf(callerOf(lead).clusters.delete(input))).toBe("USER_UNAUTHORIZED");
    expect(await codeOf(mine().clusters.delete(input))).toBe("done");
    expect((await test.db.snapshot.findUniqueOrThrow({ where: { id: snapshot.id } })).deletedAt).not.toBeNull();
  });
});

describe("what a cluster shows", () => {
  it("is one state, trouble before work before quiet", async () => {
    const at = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    const health = async (cluster: { id: string }) =>
      (await mine().clusters.get({ ...inProject(), clusterId: cluster.id })).health;
    const cluster = await makeCluster(world.project);
    expect(await health(cluster)).toBe("noSnapshot");
    const first = await makeSnapshot(cluster, { createdAt: at(3) });
    expect(await health(cluster)).toBe("neverProven");
    await test.db.snapshot.update({ where: { id: first.id }, data: { provenAt: at(2) } });
    expect(await health(cluster)).toBe("protected");
    await makeSnapshot(cluster, { status: "FAILED", createdAt: at(1) });
    expect(await health(cluster)).toBe("snapshotFailed");
    await mine().snapshots.take({ ...inProject(), clusterId: cluster.id });
    expect(await health(cluster)).toBe("snapshotRunning");
    await test.db.cluster.update({ where: { id: cluster.id }, data: { reachable: false } });
    expect(await health(cluster)).toBe("notConnected");
    const connectionSealed = sealConnectionString("mongodb://gone.example.com");
    await test.db.cluster.update({ where: { id: cluster.id }, data: { connectionSealed } });
    expect(await health(cluster)).toBe("unreachable");
    await test.db.serverLock.create({
      data: { serverKey: newId(), clusterId: cluster.id, runId: newId(), reason: "A restore." },
    });
    expect(await health(cluster)).toBe("locked");
    expect(await health(await makeCluster(world.project, { tier: "M0", backupEnabled: false }))).toBe("noBackups");
  });

  it("locks both rows of one server", async () => {
    const [a, b] = [
      await makeCluster(world.project, { serverKey: "rs:same" }),
      await makeCluster(world.project, { serverKey: "rs:same" }),
    ];
    await test.db.serverLock.create({
      data: { serverKey: "rs:same", clusterId: a.id, runId: newId(), reason: "A restore." },
    });
    const views = await mine().clusters.list(inProject());
    expect(views.filter((view) => [a.id, b.id].includes(view.id)).map((view) => view.health)).toEqual([
      "locked",
      "locked",
    ]);
  });

  it("never holds the connection string or its password", async () => {
    const { id } = await mine().clusters.create({ ...inProject(), name: "orders", tier: "M0" });
    const [detail, info, dump] = await Promise.all([
      mine().clusters.get({ ...inProject(), clusterId: id }),
      mine().clusters.connectInfo({ ...inProject(), clusterId: id }),
      mine().clusters.dumpCommands({ ...inProject(), clusterId: id }),
    ]);
    const port = detail.embedded!.port;
    expect(info.connectionString).toBe(
      `mongodb://<username>:<password>@127.0.0.1:${port}/?directConnection=true&authSource=admin`,
    );
    expect(dump.dump).toBe(`mongodump --uri "${info.connectionString}" --out orders-dump`);
    expect(dump.restore).toBe(`mongorestore --uri "${info.connectionString}" --drop orders-dump`);
  });

  it("hides what its snapshots say from an owner of the organization who has no role in the project", async () => {
    const cluster = await makeCluster(world.project);
    await makeSnapshot(cluster);
    const lead = await makeMember(world, { org: ["ORG_OWNER"] });
    const view = await callerOf(lead).clusters.get({ ...inProject(), clusterId: cluster.id });
    expect([view.snapshotCount, view.lastSnapshot, view.can.takeSnapshot.allowed]).toEqual([0, null, false]);
  });
});

describe("All Clusters", () => {
  it("lists what the reader can see, trouble first, filtered and paged", async () => {
    const second = await mine().projects.create({ orgId: world.org.id, name: "Continuity" });
    const scope = { id: second.id, name: second.name, organizationId: world.org.id };
    const good = await makeCluster(world.project, { name: "good" });
    await makeSnapshot(good, { provenAt: new Date() });
    await makeCluster(world.project, { name: "broken", reachable: false });
    await makeCluster(scope, { name: "elsewhere" });
    const reader = await makeMember(world, { project: ["GROUP_READ_ONLY"] });
    const list = async (who: typeof reader, more = {}) => {
      const view = await callerOf(who).clusters.listOrg({ orgId: world.org.id, ...more });
      return { names: view.items.map((item) => item.name), view };
    };
    expect((await list(reader)).names).toEqual(["broken", "good"]);
    const reloaded = { ...world.owner, actor: (await makeMember(world, { org: ["ORG_OWNER"] })).actor };
    expect((await list(reloaded)).names).toEqual(["broken", "elsewhere", "good"]);
    expect((await list(reloaded, { sort: "-name" })).names).toEqual(["good", "elsewhere", "broken"]);
    expect((await list(reloaded, { filter: { search: "ELSE" } })).names).toEqual(["elsewhere"]);
    const { view } = await list(reloaded, { sort: "name", limit: 2 });
    expect((await list(reloaded, { sort: "name", limit: 2, cursor: view.nextCursor })).names).toEqual(["good"]);
    expect([view.total, view.needsYou]).toEqual([3, 2]);
  });
});

describe("a pinned feature compatibility version", () => {
  it.each([
    ["8.0.4", "7.0"],
    ["8.2.0", "8.0"],
    ["9.0.0", "8.0"],
    ["7.0.14", "6.0"],
    ["5.0.31", "4.4"],
  ])("of %s stays at %s", (version, fcv) => {
    expect(pinnedFcvBelow(version)).toBe(fcv);
  });
});
