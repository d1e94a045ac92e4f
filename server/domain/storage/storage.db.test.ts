import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ensureRepository, holdRepository, openRepository } from "@/server/domain/repositories/open-repository";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import {
  callerOf,
  makeCluster,
  makeMember,
  makePerson,
  makeSnapshot,
  makeWorld,
  reload,
  type World,
} from "@/server/testing/people";
import { startBadServer } from "@/server/testing/s3-repository";
import { insertProject } from "../projects/insert-project";
import { countKept } from "../snapshots/count-kept";
import { sealCredentials } from "./open-target";

/** The environment is read when modules load, so the folders are chosen before. */
const base = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-targets-${process.pid}`;
  process.env.HOLDFAST_HOME = `${folder}/home`;
  process.env.HOLDFAST_STORAGE_FOLDERS = `${folder}/allowed`;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

let test: TestDatabase;
let world: World;
beforeAll(async () => {
  await mkdir(join(base, "allowed"), { recursive: true });
  test = await createTestDatabase();
});
afterAll(async () => {
  await test.close();
  await rm(base, { recursive: true, force: true });
});
beforeEach(async () => {
  world = await makeWorld();
});

const storage = (person = world.owner) => callerOf(person).storage;
const orgId = () => world.org.id;
const NONE = { kind: "none" } as const;
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: { message: string; cause?: { params?: Record<string, unknown> } }) => error,
  );
const codeOf = async (work: Promise<unknown>) => (await errorOf(work))?.message ?? "done";

const urlOf = (name: string) => pathToFileURL(join(base, "allowed", world.org.id, name)).href;

async function addFolder(name: string): Promise<string> {
  const { id } = await storage().add({ orgId: orgId(), name, location: urlOf(name), credentials: NONE });
  return id;
}

async function builtIn() {
  return test.db.storageTarget.findFirstOrThrow({ where: { organizationId: orgId(), kind: "INSTALLATION" } });
}

const aws = (region: string, projectId = world.project.id) => ({ projectId, cloudProvider: "AWS", region });

/** The name of the target that a new snapshot of this origin goes to. */
async function goesTo(origin: { projectId: string; cloudProvider: string; region: string }): Promise<string> {
  const repositoryId = await ensureRepository(test.db, orgId(), origin);
  const row = await test.db.repository.findUniqueOrThrow({ where: { id: repositoryId }, include: { target: true } });
  return row.target.name;
}

const typesOf = async () => {
  const rows = await test.db.activityEntry.findMany({
    where: { organizationId: orgId() },
    orderBy: { sequence: "asc" },
  });
  return rows.slice(2).map((row) => `${row.type} ${row.outcome}`);
};

describe("a new organization", () => {
  it("stores on the installation's own disk, in a folder that nobody else may read", async () => {
    const view = await storage().list({ orgId: orgId() });
    expect(view.targets).toHaveLength(1);
    expect(view.targets[0]).toMatchObject({
      name: "This installation's disk",
      kind: "INSTALLATION",
      isDefault: true,
      place: "HOLDFAST_HOME/repositories",
      usage: { storedBytes: 0, snapshots: 0, clusters: 0 },
      can: { edit: { allowed: false }, remove: { allowed: false }, test: { allowed: true } },
    });
    expect(await goesTo(aws("EU_CENTRAL_1"))).toBe("This installation's disk");
    const repository = await test.db.repository.findFirstOrThrow({ where: { organizationId: orgId() } });
    expect(fileURLToPath(repository.location)).toBe(join(base, "home/repositories", repository.id));
    expect(existsSync(join(fileURLToPath(repository.location), "keys"))).toBe(true);
  });
});

describe("adding a target", () => {
  it("tests it first, keeps the result, and says so in the feed", async () => {
    const id = await addFolder("Second disk");
    const target = await storage().get({ orgId: orgId(), targetId: id });
    expect(target).toMatchObject({ name: "Second disk", kind: "FOLDER", isDefault: false, createdBy: "Olga Owner" });
    expect(target.lastTest?.ok).toBe(true);
    expect(target.lastTest?.steps.map((step) => step.name)).toContain("conditional");
    expect(await typesOf()).toEqual(["STORAGE_TARGET_ADDED DONE"]);
    expect(await codeOf(addFolder("Second disk"))).toBe("STORAGE_TARGET_ALREADY_EXISTS");
  });

  it("refuses folders that the operator did not allow, and what is no location", async () => {
    const add = (location: string) => codeOf(storage().add({ orgId: orgId(), name: "x", location, credentials: NONE }));
    expect(await add("file:///etc/holdfast")).toBe("STORAGE_LOCATION_REFUSED");
    expect(await add(pathToFileURL(join(base, "home")).href)).toBe("STORAGE_LOCATION_REFUSED");
    expect(await add("ftp://somewhere/else")).toBe("INVALID_ATTRIBUTE");
    expect(await add("s3://user:password@bucket")).toBe("INVALID_ATTRIBUTE");
    expect(await add("s3://bucket")).toBe("INVALID_ATTRIBUTE");
    expect(await test.db.storageTarget.count({ where: { organizationId: orgId() } })).toBe(1);
  });

  it("refuses hosts that give out this machine's own credentials", async () => {
    const credentials = { kind: "s3", accessKeyId: "AKIAEXAMPLE", secretAccessKey: SECRET } as const;
    const location = "s3://bucket?endpoint=http://169.254.169.254";
    const tested = await storage().testNew({ orgId: orgId(), location, credentials });
    expect(tested.ok).toBe(false);
    expect(tested.steps.find((step) => !step.ok)?.code).toBe("STORAGE_LOCATION_REFUSED");
    expect(await codeOf(storage().add({ orgId: orgId(), name: "x", location, credentials }))).toBe(
      "STORAGE_TEST_FAILED",
    );
  });

  it("ends its connections with the test", async () => {
    const open = new Set<Socket>();
    let connected = 0;
    const server = await startBadServer(({ socket }, response) => {
      if (!open.has(socket)) {
        connected += 1;
        socket.on("close", () => open.delete(socket));
      }
      open.add(socket);
      response.writeHead(403).end();
    });
    const credentials = { kind: "s3", accessKeyId: "AKIAEXAMPLE", secretAccessKey: SECRET } as const;
    const location = `s3://bucket?pathStyle=1&endpoint=${server.url}`;
    expect(await storage().testNew({ orgId: orgId(), location, credentials })).toMatchObject({ ok: false });
    expect(connected).toBeGreaterThan(0);
    // The server itself keeps them for longer.
    await expect.poll(() => open.size, { timeout: 2000 }).toBe(0);
    await server.close();
  });

  it("keeps credentials sealed, and no answer or entry holds them", async () => {
    const credentials = { kind: "s3", accessKeyId: "AKIAEXAMPLE", secretAccessKey: SECRET } as const;
    const row = await test.db.storageTarget.create({
      data: {
        id: newId(),
        organizationId: orgId(),
        name: "Bucket",
        liveName: "Bucket",
        kind: "S3",
        location: "s3://backups/holdfast?region=eu-central-1",
        credentialsSealed: sealCredentials(credentials),
      },
    });
    expect(Buffer.from(row.credentialsSealed!).toString("latin1")).not.toMatch(/AKIA|wJalr/);
    const one = { orgId: orgId(), targetId: row.id };
    await storage().update({ ...one, name: "Frankfurt" });
    const seen = [
      await storage().list({ orgId: orgId() }),
      await storage().get(one),
      await test.db.activityEntry.findMany({ select: { details: true }, where: { organizationId: orgId() } }),
      await errorOf(storage().update({ ...one, credentials: NONE })),
    ];
    expect(JSON.stringify(seen)).toContain("s3://backups/holdfast");
    expect(JSON.stringify(seen)).not.toMatch(/AKIA|wJalr|credentialsSealed/);
    expect(seen[1]).toMatchObject({ place: "s3://backups/holdfast", service: "eu-central-1", name: "Frankfurt" });
  });

  it("leaves the installation's own disk as it is", async () => {
    const { id } = await builtIn();
    expect(await codeOf(storage().update({ orgId: orgId(), targetId: id, name: "Mine" }))).toBe("INVALID_ATTRIBUTE");
  });
});

describe("a snapshot goes", () => {
  it("to the most specific assignment, else to the default, in one repository for each target", async () => {
    const names = ["any AWS", "any in Frankfurt", "project's AWS", "project's Frankfurt", "everything else"];
    const ids: Record<string, string> = {};
    for (const name of names) ids[name] = await addFolder(name);
    const second = await test.db.$transaction((tx) => insertProject(tx, world.owner.actor, world.org, "Second"));
    const assign = (name: string, projectId: string | null, region: string | null) =>
      storage().assign({ orgId: orgId(), targetId: ids[name]!, projectId, cloudProvider: "AWS", region });
    await assign("any AWS", null, null);
    await assign("any in Frankfurt", null, "EU_CENTRAL_1");
    await assign("project's AWS", world.project.id, null);
    await assign("project's Frankfurt", world.project.id, "EU_CENTRAL_1");
    await storage().makeDefault({ orgId: orgId(), targetId: ids["everything else"]! });

    expect(await goesTo(aws("EU_CENTRAL_1"))).toBe("project's Frankfurt");
    expect(await goesTo(aws("US_EAST_1"))).toBe("project's AWS");
    expect(await goesTo(aws("EU_CENTRAL_1", second.id))).toBe("any in Frankfurt");
    expect(await goesTo(aws("US_EAST_1", second.id))).toBe("any AWS");
    expect(await goesTo({ ...aws("EU_CENTRAL_1"), cloudProvider: "GCP" })).toBe("everything else");

    const both = await Promise.all([1, 2].map(() => ensureRepository(test.db, orgId(), aws("US_WEST_2"))));
    expect(both[0]).toBe(both[1]);
    const repositories = await test.db.repository.findMany({ where: { organizationId: orgId() } });
    expect(new Set(repositories.map((one) => one.targetId)).size).toBe(repositories.length);
    expect(existsSync(join(base, "allowed", orgId(), "any AWS", (await reposOf(ids["any AWS"]!))[0]!))).toBe(true);

    const cluster = await makeCluster(world.project, { region: "EU_CENTRAL_1" });
    const place = await storage().nextPlace({ projectId: world.project.id, clusterId: cluster.id });
    expect(place).toMatchObject({ name: "project's Frankfurt", kind: "FOLDER" });
  });

  it("nowhere twice: a place has one target, also when two people assign it at once", async () => {
    const [a, b] = [await addFolder("A"), await addFolder("B")];
    const place = { projectId: null, cloudProvider: "AZURE", region: null } as const;
    const answers = await Promise.all(
      [a, b].map((targetId) => codeOf(storage().assign({ orgId: orgId(), targetId, ...place }))),
    );
    expect(answers.sort()).toEqual(["STORAGE_ASSIGNMENT_EXISTS", "done"]);
    const [assignment] = await test.db.storageAssignment.findMany({ where: { organizationId: orgId() } });
    await storage().unassign({ orgId: orgId(), assignmentId: assignment!.id });
    expect(await codeOf(storage().assign({ orgId: orgId(), targetId: b, ...place }))).toBe("done");
  });

  it("not to targets of another organization, nor by a project of another", async () => {
    const targetId = await addFolder("Ours");
    const other = await makeWorld();
    const place = { cloudProvider: "AWS", region: null } as const;
    const theirs = callerOf(other.owner).storage;
    expect(await codeOf(theirs.assign({ orgId: other.org.id, targetId, projectId: null, ...place }))).toBe(
      "STORAGE_TARGET_NOT_FOUND",
    );
    expect(await codeOf(theirs.get({ orgId: other.org.id, targetId }))).toBe("STORAGE_TARGET_NOT_FOUND");
    expect(await codeOf(storage().assign({ orgId: orgId(), targetId, projectId: other.project.id, ...place }))).toBe(
      "GROUP_NOT_FOUND",
    );
  });
});

async function reposOf(targetId: string): Promise<string[]> {
  return (await test.db.repository.findMany({ where: { targetId } })).map((one) => one.id);
}

/** A snapshot that says it lies in the target. */
async function keepIn(targetId: string, clusterName = "orders") {
  await storage().assign({ orgId: orgId(), targetId, projectId: null, cloudProvider: "AWS", region: null });
  const cluster = await makeCluster(world.project, { name: clusterName });
  const repositoryId = await ensureRepository(test.db, orgId(), cluster);
  return makeSnapshot(cluster, { repositoryId, manifestId: newId(), storedBytes: 1000n });
}

describe("removing a target", () => {
  it("is refused for the default and for the installation's own disk", async () => {
    const own = await builtIn();
    const targetId = await addFolder("A");
    const remove = (id: string) => errorOf(storage().remove({ orgId: orgId(), targetId: id }));
    expect((await remove(own.id))?.cause?.params).toMatchObject({ reason: "installation" });
    await storage().makeDefault({ orgId: orgId(), targetId });
    expect((await remove(targetId))?.cause?.params).toMatchObject({ reason: "default", name: "A" });
    expect((await remove(own.id))?.cause?.params).toMatchObject({ reason: "installation" });
    expect((await typesOf()).filter((type) => type.endsWith("REFUSED"))).toHaveLength(3);
  });

  it("is refused while it holds snapshots, by the clusters' names, and while their manifests are still there", async () => {
    const targetId = await addFolder("A");
    const snapshot = await keepIn(targetId);
    const remove = () => errorOf(storage().remove({ orgId: orgId(), targetId }));
    const refused = await remove();
    expect([refused?.message, refused?.cause?.params]).toEqual([
      "STORAGE_TARGET_IN_USE",
      { name: "A", reason: "snapshots", clusters: "orders" },
    ]);
    await test.db.snapshot.update({ where: { id: snapshot.id }, data: { deletedAt: new Date() } });
    await countKept(test.db, snapshot, -1);
    expect((await storage().get({ orgId: orgId(), targetId })).leaving).toBe(1);
    expect((await remove())?.message).toBe("STORAGE_TARGET_IN_USE");

    await test.db.snapshot.update({ where: { id: snapshot.id }, data: { manifestId: null } });
    expect(await remove()).toBeNull();
    const row = await test.db.storageTarget.findUniqueOrThrow({ where: { id: targetId } });
    expect([row.removedAt instanceof Date, row.liveName, row.credentialsSealed]).toEqual([true, null, null]);
    expect((await storage().list({ orgId: orgId() })).targets.map((one) => one.name)).toEqual([
      "This installation's disk",
    ]);
    expect(await codeOf(openRepository(test.db, snapshot.repositoryId!))).toMatch(/REPOSITORY_NOT_FOUND/);
    expect(await goesTo(aws("EU_CENTRAL_1"))).toBe("This installation's disk");
    await addFolder("A");
  });

  it("is refused while a snapshot is being stored there, and a snapshot is while it is being removed", async () => {
    const targetId = await addFolder("A");
    const snapshot = await keepIn(targetId);
    const isRunning = { status: "IN_PROGRESS", manifestId: null } as const;
    await test.db.snapshot.update({ where: { id: snapshot.id }, data: isRunning });
    const refused = await errorOf(storage().remove({ orgId: orgId(), targetId }));
    expect(refused?.cause?.params).toMatchObject({ reason: "running", clusters: "orders" });
    await test.db.snapshot.update({ where: { id: snapshot.id }, data: { status: "FAILED" } });
    expect(await codeOf(storage().remove({ orgId: orgId(), targetId }))).toBe("done");
    const hold = test.db.$transaction((tx) => holdRepository(tx, snapshot.repositoryId!));
    expect(await codeOf(hold)).toBe("STORAGE_TARGET_NOT_FOUND");
  });

  it("forgets one in which nothing was ever stored, with its assignments", async () => {
    const targetId = await addFolder("A");
    await storage().assign({
      orgId: orgId(),
      targetId,
      projectId: world.project.id,
      cloudProvider: "GCP",
      region: null,
    });
    expect(await codeOf(storage().remove({ orgId: orgId(), targetId }))).toBe("done");
    expect(await test.db.storageTarget.count({ where: { id: targetId } })).toBe(0);
    expect(await test.db.storageAssignment.count({ where: { targetId } })).toBe(0);
  });
});

describe("an opened repository", () => {
  it("is kept until the credentials of its target change", async () => {
    const targetId = await addFolder("A");
    const { repositoryId } = await keepIn(targetId);
    const first = await openRepository(test.db, repositoryId!);
    expect(await openRepository(test.db, repositoryId!)).toBe(first);
    await storage().update({ orgId: orgId(), targetId, name: "B" });
    expect(await openRepository(test.db, repositoryId!)).toBe(first);
    await storage().update({ orgId: orgId(), targetId, credentials: NONE });
    expect(await openRepository(test.db, repositoryId!)).not.toBe(first);
  });
});

describe("who sees what", () => {
  it("shows members the targets, names of clusters and projects only where they see the project", async () => {
    const targetId = await addFolder("A");
    await keepIn(targetId);
    await storage().assign({
      orgId: orgId(),
      targetId,
      projectId: world.project.id,
      cloudProvider: "GCP",
      region: null,
    });
    const member = await makeMember(world, { org: ["ORG_MEMBER"] });
    const reader = await makeMember(world, { project: ["GROUP_READ_ONLY"] });
    const one = { orgId: orgId(), targetId };

    const asMember = await storage(member).get(one);
    expect(asMember).toMatchObject({
      usage: { snapshots: 1, clusters: 1 },
      clusters: [],
      hiddenClusters: 1,
      hiddenAssignments: 1,
      projects: [],
    });
    expect(JSON.stringify(asMember)).not.toContain(world.project.name);
    expect(JSON.stringify(asMember)).not.toContain("orders");
    expect(asMember.can.remove).toMatchObject({ allowed: false, needs: "Organization Owner" });

    const asReader = await storage(reader).get(one);
    expect(asReader).toMatchObject({ hiddenClusters: 0, hiddenAssignments: 0 });
    expect(asReader.clusters.map((row) => [row.cluster.name, row.snapshots, row.storedBytes])).toEqual([
      ["orders", 1, 1000],
    ]);
    expect(await codeOf(storage(reader).remove(one))).toBe("USER_UNAUTHORIZED");
    expect(await codeOf(storage(await makePerson("Otto")).list({ orgId: orgId() }))).toBe("ORG_NOT_FOUND");
  });

  it("tells who sees a project's snapshots where they lie, and nobody else", async () => {
    const targetId = await addFolder("A");
    const snapshot = await keepIn(targetId);
    const manager = await makeMember(world, { project: ["GROUP_BACKUP_MANAGER"] });
    const { id: projectId } = world.project;
    const detail = await callerOf(manager).snapshots.get({ projectId, snapshotId: snapshot.id });
    expect(detail.storage).toMatchObject({ targetId, name: "A", kind: "FOLDER" });
    const lead = await makeMember(world, { org: ["ORG_OWNER"] });
    expect(await codeOf(storage(await reload(lead)).nextPlace({ projectId, clusterId: snapshot.clusterId }))).toBe(
      "USER_UNAUTHORIZED",
    );
  });

  it("lets assignments go with their project", async () => {
    const targetId = await addFolder("A");
    const { id, name } = await callerOf(world.owner).projects.create({ orgId: orgId(), name: "Short-lived" });
    const owner = await reload(world.owner);
    await storage(owner).assign({ orgId: orgId(), targetId, projectId: id, cloudProvider: "AWS", region: null });
    await callerOf(owner).projects.delete({ projectId: id, typedName: name });
    expect((await storage(owner).get({ orgId: orgId(), targetId })).assignments).toEqual([]);
  });
});
