import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { adoptRepository } from "@/server/domain/repositories/adopt/adopt-repository";
import { completeSetup, issueSetupToken } from "@/server/domain/setup/service";
import { sealConnectionString } from "@/server/domain/clusters/open-deployment";
import { observe } from "@/server/domain/clusters/observe-cluster";
import { chooseInstallationKey, InstallationKey } from "@/server/platform/crypto";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeMember, makeWorld, reload, type Person } from "@/server/testing/people";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { closeQueue } from "./queue";
import { loadHandler } from "./registry";
import { RunWorker } from "./run-worker";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-lost-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "the key of the first installation";
  return folder;
});

const OLD_KEY = new InstallationKey("the key of the first installation");
const NEW_KEY = new InstallationKey("the key of the second installation");
const DOCUMENTS = 300;

let source: TestServer;
let target: TestServer;
let first: TestDatabase;
let second: TestDatabase | null = null;
let worker: RunWorker;
let location: string;
let clusterId: string;
let projectId: string;

async function startWorker(database: TestDatabase): Promise<void> {
  worker = new RunWorker({ db: database.db, workerId: "w1", concurrency: 2, loadHandler });
  await worker.start();
}

async function contentsOf(server: TestServer): Promise<unknown[]> {
  return server.client.db("shop").collection("orders").find().sort({ _id: 1 }).toArray();
}

/** Waits until no run is left, and answers how each ended. */
async function runsEnd(database: TestDatabase): Promise<string[]> {
  for (;;) {
    const open = await database.db.run.count({ where: { status: { in: ["QUEUED", "RUNNING"] } } });
    if (open === 0) return (await database.db.run.findMany()).map(({ status }) => status);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  source = await startTestServer();
  target = await startTestServer();
  const orders = Array.from({ length: DOCUMENTS }, (_, n) => ({ n, note: `order ${n}` }));
  await source.client.db("shop").collection("orders").insertMany(orders);

  first = await createTestDatabase();
  const world = await makeWorld();
  projectId = world.project.id;
  const cluster = await makeCluster(world.project, {
    name: "orders",
    connectionSealed: sealConnectionString(source.uri),
  });
  clusterId = cluster.id;
  await observe(first.db, clusterId);
  const manager = await makeMember(world, { project: ["GROUP_BACKUP_MANAGER"], name: "Bea Backup" });
  await startWorker(first);
  await callerOf(manager).snapshots.take({
    projectId,
    clusterId,
    retentionDays: 30,
    description: "before it was lost",
  });
  expect(await runsEnd(first)).toEqual(["COMPLETED"]);
  ({ location } = await first.db.repository.findFirstOrThrow());
}, 120_000);

afterAll(async () => {
  await worker.stop();
  await closeQueue();
  await second?.close();
  await Promise.all([source.close(), target.close()]);
  await rm(home, { recursive: true, force: true });
});

describe("an installation that has lost its database and its key file", () => {
  it("gets everything back from storage and the old key, and restores it", { timeout: 120_000 }, async () => {
    await worker.stop();
    await closeQueue();
    await first.close();
    second = await createTestDatabase();
    chooseInstallationKey(NEW_KEY);
    const { db } = second;

    const adoption = await adoptRepository({
      ...{ db, location, credentials: { kind: "none" }, key: OLD_KEY },
      signal: new AbortController().signal,
    });
    expect(adoption).toMatchObject({ ok: true, inserted: { projects: 1, clusters: 1, snapshots: 1 } });

    // Another process would not have the repository open with the lost database; this one is told to open it anew.
    await db.storageTarget.updateMany({ data: { revision: 1 } });

    const owner = await becomeOwner();
    await callerOf(owner).projects.join({ projectId, role: "GROUP_OWNER" });
    const person = await reload(owner);
    const { items } = await callerOf(person).snapshots.list({ projectId, clusterId });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ description: "before it was lost", documents: DOCUMENTS });

    const lost = await callerOf(person).clusters.get({ projectId, clusterId });
    expect(lost).toMatchObject({ name: "orders", health: "notConnected", can: { takeSnapshot: { allowed: false } } });
    await observe(db, clusterId);
    expect((await db.cluster.findUniqueOrThrow({ where: { id: clusterId } })).stateMessage).toMatch(/Not connected/);

    // Its old server is gone; the cluster is connected to another one and gets its data back there.
    await callerOf(person).clusters.updateConnection({ projectId, clusterId, connectionString: target.uri });
    const connected = await callerOf(person).clusters.get({ projectId, clusterId });
    expect(connected.health).toBe("neverProven");
    expect(connected.reachable).toBe(true);

    const kit = await callerOf(person).storage.recoveryKit({
      orgId: adoption.organization.id,
      repositoryId: adoption.repositoryId,
    });
    expect(kit).toMatchObject({ location, keyId: NEW_KEY.id.toString("hex"), organization: "Fernhollow" });
    expect(JSON.stringify(kit)).not.toContain("the key of");
    const stranger = await makeWorld();
    await expect(
      callerOf(stranger.owner).storage.recoveryKit({ orgId: stranger.org.id, repositoryId: adoption.repositoryId }),
    ).rejects.toThrowError("REPOSITORY_NOT_FOUND");

    await startWorker(second);
    await callerOf(person).restores.start({
      ...{ projectId, clusterId, snapshotId: items[0]!.id },
      ...{ targetProjectId: projectId, targetClusterId: clusterId, typedName: "orders", acceptUnblocked: true },
    });
    expect(await runsEnd(second)).toEqual(["COMPLETED"]);
    expect(await contentsOf(target)).toEqual(await contentsOf(source));

    await callerOf(person).snapshots.take({ projectId, clusterId, retentionDays: 7 });
    expect(await runsEnd(second)).toEqual(["COMPLETED", "COMPLETED"]);
    const rows = await db.snapshot.findMany({ orderBy: { createdAt: "asc" } });
    expect(new Set(rows.map(({ repositoryId }) => repositoryId))).toEqual(new Set([adoption.repositoryId]));
    // Most of what the new snapshot needs is in the adopted packs.
    expect(rows[1]!.storedBytes).toBeLessThan(rows[0]!.storedBytes!);
  });
});

async function becomeOwner(): Promise<Person> {
  const token = await issueSetupToken();
  const person = { name: "Olga Owner", email: "olga@example.com", password: "a long enough password" };
  await completeSetup({ token: token!, ...person }, null);
  const user = await second!.db.user.findFirstOrThrow();
  return reload({ id: user.id, email: user.email, actor: undefined as never });
}
