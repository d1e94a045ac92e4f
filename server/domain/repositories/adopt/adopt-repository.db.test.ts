import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { MemoryNodeIndex, Repository, type SnapshotCatalogue, type SnapshotManifest } from "@/server/engine/repository";
import { listEnvelopes } from "@/server/engine/repository/keys/key-envelope";
import { documents, manifestOf, SHAPE, store as storeTree } from "@/server/engine/repository/repository-fixture";
import { openObjectStore } from "@/server/engine/storage";
import { installationKey, InstallationKey, seal } from "@/server/platform/crypto";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { makeWorld } from "@/server/testing/people";
import { completeSetup, getSetupStatus, issueSetupToken } from "../../setup/service";
import { openRepository, REPOSITORY_KEY_PURPOSE } from "../open-repository";
import { adoptRepository, type AdoptRepository } from "./adopt-repository";

const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-adopt-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "the key of the installation that adopts";
  return folder;
});

const OLD_KEY = new InstallationKey("the key of the installation that was lost");
const DAY_MS = 24 * 60 * 60_000;
const NOW = new Date("2026-06-01T00:00:00.000Z");
const withCode = (code: string) => expect.objectContaining({ code });

const organization = { id: newId(), name: "Fernhollow" };
const checkout = { id: newId(), name: "Checkout" };
const billing = { id: newId(), name: "Billing" };

interface Planned {
  clusterId: string;
  name: string;
  project: { id: string; name: string };
  at: string;
  over?: Partial<SnapshotManifest>;
  cluster?: Partial<SnapshotCatalogue["cluster"]>;
}

/** A repository of a lost installation: two projects, three clusters, snapshots of each; one from before catalogues. */
class Lost {
  readonly repositoryId = newId();
  readonly keys = { idKey: randomBytes(32), encryptionKey: randomBytes(32) };
  readonly location = pathToFileURL(join(home, "repositories", this.repositoryId)).href;
  readonly orders = newId();
  readonly ledger = newId();
  readonly old = newId();
  manifestIds: string[] = [];

  async make(): Promise<this> {
    mkdirSync(fileURLToPath(this.location), { recursive: true });
    const index = new MemoryNodeIndex();
    const objects = openObjectStore(this.location);
    const { keys, repositoryId: id } = this;
    const repository = await Repository.create({ store: objects, index, keys, id, wrapWith: OLD_KEY, shape: SHAPE });
    const snapshots: Planned[] = [
      { clusterId: this.orders, name: "orders", project: checkout, at: "2026-01-01T00:00:00.000Z" },
      { clusterId: this.ledger, name: "ledger", project: billing, at: "2026-01-02T00:00:00.000Z" },
      { clusterId: this.orders, name: "orders-renamed", project: checkout, at: "2026-05-30T00:00:00.000Z" },
      {
        clusterId: this.old,
        name: "before-catalogues",
        project: checkout,
        at: "2025-12-01T00:00:00.000Z",
        over: { catalogue: undefined },
      },
    ];
    for (const planned of snapshots) {
      const root = await storeTree(repository, documents(200, this.manifestIds.length));
      const manifest = manifestOf({ orders: { base: root, deltas: [] } }, { orders: root });
      this.manifestIds.push(await repository.writeManifest(fill(manifest, planned)));
    }
    return this;
  }

  packs(): string[] {
    const folder = join(fileURLToPath(this.location), "packs");
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  }
}

function fill(manifest: SnapshotManifest, { clusterId, name, project, at, over, cluster }: Planned): SnapshotManifest {
  const id = newId();
  return {
    ...manifest,
    snapshotId: id,
    createdAt: at,
    source: { ...manifest.source, clusterId, clusterName: name },
    catalogue: {
      organization,
      project,
      cluster: {
        ...{ id: clusterId, name, tier: "M10", cloudProvider: "AWS", region: "EU_WEST_1", deploymentKind: "EXTERNAL" },
        ...cluster,
      },
      snapshot: {
        ...{ id, kind: "ON_DEMAND", description: "before the change", retentionDays: 3, createdAt: at },
        expiresAt: new Date(new Date(at).getTime() + 3 * DAY_MS).toISOString(),
        requestedByName: "Mia Member",
        storedBytes: 1000,
      },
    },
    ...over,
  } as SnapshotManifest;
}

let test: TestDatabase;
let lost: Lost;

const adopt = (over: Partial<AdoptRepository> = {}) =>
  adoptRepository({
    db: test.db,
    location: lost.location,
    credentials: { kind: "none" },
    key: OLD_KEY,
    signal: new AbortController().signal,
    now: NOW,
    ...over,
  });

async function counts() {
  const { db } = test;
  return {
    organizations: await db.organization.count(),
    repositories: await db.repository.count(),
    targets: await db.storageTarget.count(),
    projects: await db.project.count(),
    clusters: await db.cluster.count(),
    snapshots: await db.snapshot.count(),
    packs: await db.repositoryPack.count(),
    nodes: await db.repositoryNode.count(),
    entries: await db.activityEntry.count(),
  };
}

beforeAll(() => mkdirSync(home, { recursive: true }));
beforeEach(async () => {
  await test?.close();
  test = await createTestDatabase();
  lost = await new Lost().make();
}, 60_000);
afterAll(async () => {
  await test.close();
  rmSync(home, { recursive: true, force: true });
});

describe("adopting a repository", () => {
  it("makes organization, projects, clusters and snapshots again, and what they need to be restored", async () => {
    const result = await adopt();
    expect(result).toMatchObject({
      ok: true,
      organization,
      // A project of its own for what is from before manifests named theirs.
      found: { projects: 3, clusters: 3, snapshots: 4 },
      inserted: { organization: true, repository: true, projects: 3, clusters: 3, snapshots: 4 },
      damagedPacks: [],
      damagedManifests: [],
      envelopeRefused: null,
    });
    const orders = await test.db.cluster.findUniqueOrThrow({ where: { id: lost.orders } });
    expect(orders).toMatchObject({
      name: "orders-renamed",
      projectId: checkout.id,
      region: "EU_WEST_1",
      deploymentKind: "EXTERNAL",
      state: "IDLE",
      reachable: false,
      connectionSealed: null,
      keptSnapshots: 2,
      keptStoredBytes: 2000n,
      createdAt: new Date("2026-01-01T00:00:00.000Z"),
    });
    const row = await test.db.snapshot.findFirstOrThrow({ where: { clusterId: lost.orders, clusterName: "orders" } });
    expect(row).toMatchObject({
      status: "COMPLETED",
      description: "before the change",
      requestedByName: "Mia Member",
      documentCount: 200n,
      collectionCount: 1,
      storedBytes: 1000n,
      clusterTimeSeconds: 1n,
      repositoryId: lost.repositoryId,
      manifestId: lost.manifestIds[0],
    });
    const repository = await openRepository(test.db, lost.repositoryId);
    for (const manifestId of lost.manifestIds) {
      const report = await repository.verify(manifestId, { signal: new AbortController().signal });
      expect(report).toMatchObject({ ok: true, documents: 200 });
    }
    const entry = await test.db.activityEntry.findFirstOrThrow({ where: { type: "REPOSITORY_ADOPTED" } });
    expect(entry).toMatchObject({ organizationId: organization.id, actorType: "SYSTEM" });
  });

  it("lets nothing end within a week, and never the newest of a cluster by itself", async () => {
    await adopt();
    const rows = await test.db.snapshot.findMany({ orderBy: { createdAt: "asc" } });
    const soonest = new Date(NOW.getTime() + 7 * DAY_MS);
    expect(rows.map(({ clusterName, expiresAt }) => [clusterName, expiresAt])).toEqual([
      ["before-catalogues", null],
      ["orders", soonest],
      ["ledger", null],
      ["orders-renamed", null],
    ]);
    const later = await adopt({ now: new Date(NOW.getTime() + 30 * DAY_MS) });
    expect(later.inserted.snapshots).toBe(0);
    expect(await test.db.snapshot.count({ where: { expiresAt: { gt: soonest } } })).toBe(0);
  });

  it("gives the present key an envelope; the old one still opens it", async () => {
    await adopt();
    const objects = openObjectStore(lost.location);
    const ids = (await listEnvelopes(objects)).map(({ keyId }) => keyId);
    expect(ids).toEqual([OLD_KEY.id.toString("hex"), installationKey().id.toString("hex")].sort());
    const opened = await Repository.openWithKey({
      store: objects,
      index: new MemoryNodeIndex(),
      wrapper: installationKey(),
    });
    expect(opened.id).toBe(lost.repositoryId);
  });

  it("doubles nothing when it is done again, and overwrites nothing", async () => {
    await adopt();
    const before = await counts();
    await test.db.cluster.update({ where: { id: lost.ledger }, data: { name: "kept", liveName: "kept" } });
    const again = await adopt();
    expect(again.inserted).toEqual({ organization: false, repository: false, projects: 0, clusters: 0, snapshots: 0 });
    expect(await counts()).toEqual(before);
    expect((await test.db.cluster.findUniqueOrThrow({ where: { id: lost.ledger } })).name).toBe("kept");
  });

  it("that was cut is finished by doing it again", async () => {
    const controller = new AbortController();
    const cut = adopt({
      signal: controller.signal,
      onProgress: (words) => {
        if (words.startsWith("Rebuilding the index")) controller.abort(new Error("cut"));
      },
    });
    await expect(cut).rejects.toThrow("cut");
    expect(await counts()).toMatchObject({ organizations: 0, repositories: 0, snapshots: 0, packs: 1 });
    expect((await adopt()).inserted.snapshots).toBe(4);
    expect(await counts()).toMatchObject({ packs: lost.packs().length, snapshots: 4 });
  });

  it("brings back what is missing among rows that are there", async () => {
    await adopt();
    await test.db.snapshot.deleteMany({ where: { clusterId: lost.ledger } });
    await test.db.repositoryUsage.deleteMany({ where: { clusterId: lost.ledger } });
    await test.db.cluster.delete({ where: { id: lost.ledger } });
    expect((await adopt()).inserted).toMatchObject({ clusters: 1, snapshots: 1, projects: 0 });
  });

  it("reports a damaged manifest and a damaged pack by name, and adopts the rest", async () => {
    const folder = fileURLToPath(lost.location);
    const manifest = join(folder, "manifests", lost.manifestIds[1]!);
    const bytes = readFileSync(manifest);
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(manifest, bytes);
    const [pack] = lost.packs();
    writeFileSync(pack!, readFileSync(pack!).subarray(0, 100));
    const result = await adopt();
    expect(result.ok).toBe(false);
    expect(result.damagedManifests).toEqual([
      expect.objectContaining({ manifestId: lost.manifestIds[1], code: "MANIFEST_CORRUPT" }),
    ]);
    expect(result.damagedPacks.map(({ packId }) => packId)).toEqual([pack!.slice(-32)]);
    expect(result.inserted).toMatchObject({ snapshots: 3, clusters: 2 });
  });

  it("refuses an organization that is here with another id key, and changes nothing", async () => {
    const world = await makeWorld();
    const { idKeySealed } = await test.db.organization.findUniqueOrThrow({ where: { id: world.org.id } });
    await test.db.organization.create({ data: { ...organization, idKeySealed } });
    const before = await counts();
    await expect(adopt()).rejects.toThrowError(withCode("REPOSITORY_OF_ANOTHER_ORGANIZATION"));
    expect(await counts()).toEqual(before);
  });

  it("refuses a copy of a repository that is here, before anything is written", async () => {
    await adopt();
    const copy = join(home, "repositories", "mirror", lost.repositoryId);
    cpSync(fileURLToPath(lost.location), copy, { recursive: true });
    const index = new MemoryNodeIndex();
    const { keys } = lost;
    const mirror = await Repository.open({ store: openObjectStore(pathToFileURL(copy).href), index, keys });
    await storeTree(mirror, documents(300, 77));
    const before = await counts();
    const envelopes = readdirSync(join(copy, "keys"));
    const refused = await adopt({ location: pathToFileURL(copy).href }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "REPOSITORY_ELSEWHERE", params: { location: lost.location } });
    expect(await counts()).toEqual(before);
    expect(readdirSync(join(copy, "keys"))).toEqual(envelopes);
    // The place itself, said with an option more, is adopted again.
    expect((await adopt({ location: `${lost.location}?bytesPerSecondMax=100000000` })).ok).toBe(true);
  });

  it("refuses the same place with another encryption key", async () => {
    await adopt();
    const keySealed = seal(randomBytes(32), REPOSITORY_KEY_PURPOSE);
    await test.db.repository.update({ where: { id: lost.repositoryId }, data: { keySealed } });
    const before = await counts();
    await expect(adopt()).rejects.toThrowError(withCode("REPOSITORY_ELSEWHERE"));
    expect(await counts()).toEqual(before);
  });

  it("stands beside other organizations", async () => {
    const world = await makeWorld();
    await adopt();
    expect((await test.db.organization.findMany()).map(({ id }) => id).sort()).toEqual(
      [world.org.id, organization.id].sort(),
    );
    const target = await test.db.storageTarget.findFirstOrThrow({ where: { organizationId: organization.id } });
    expect(target).toMatchObject({ kind: "INSTALLATION", isDefault: true });
  });

  it("gives the organization an owner where the first person is there already", async () => {
    const world = await makeWorld();
    expect((await adopt()).needsOwner).toBe(true);
    await expect(adopt({ ownerEmail: "nobody@example.com" })).rejects.toThrowError(withCode("USER_NOT_FOUND"));
    expect((await adopt({ ownerEmail: world.owner.email.toUpperCase() })).needsOwner).toBe(false);
    const members = await test.db.organizationMember.findMany({ where: { organizationId: organization.id } });
    expect(members).toMatchObject([{ userId: world.owner.id, roles: ["ORG_OWNER"] }]);
    // An organization that has people is left to them.
    const other = await makeWorld();
    expect((await adopt({ ownerEmail: other.owner.email })).needsOwner).toBe(false);
    expect(await test.db.organizationMember.count({ where: { organizationId: organization.id } })).toBe(1);
  });

  it("refuses another key, and a folder that the operator does not allow", async () => {
    await expect(adopt({ key: installationKey() })).rejects.toThrowError(withCode("REPOSITORY_KEY_WRONG"));
    const elsewhere = adopt({ location: pathToFileURL(join(home, "elsewhere")).href });
    await expect(elsewhere).rejects.toThrowError(withCode("STORAGE_LOCATION_REFUSED"));
  });

  it("runs an embedded cluster again whose data is still there", async () => {
    const clusterId = newId();
    const index = new MemoryNodeIndex();
    const repository = await Repository.open({ store: openObjectStore(lost.location), index, keys: lost.keys });
    const planned: Planned = {
      clusterId,
      name: "embedded",
      project: checkout,
      at: "2026-05-01T00:00:00.000Z",
      cluster: { deploymentKind: "EMBEDDED", embeddedPort: 27_345 },
    };
    await repository.writeManifest(fill(manifestOf({}, {}), planned));
    mkdirSync(join(home, "clusters", clusterId), { recursive: true });
    await adopt();
    const row = await test.db.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: { embedded: true } });
    expect(row).toMatchObject({ deploymentKind: "EMBEDDED", state: "CREATING", embedded: { port: 27_345 } });
    expect(existsSync(join(home, "clusters", clusterId))).toBe(true);
  });
});

describe("the first owner of an installation that adopted", () => {
  it("becomes the owner of what was adopted, and of nothing new", async () => {
    await adopt();
    expect(await getSetupStatus()).toEqual({ needed: true, adopted: true });
    const token = await issueSetupToken();
    const person = { name: "Olga Owner", email: "olga@example.com", password: "a long enough password" };
    const result = await completeSetup({ token: token!, ...person }, null);
    expect(result).toEqual({ organizationId: organization.id, projectId: null });
    expect(await test.db.organization.count()).toBe(1);
    const member = await test.db.organizationMember.findFirstOrThrow();
    expect(member).toMatchObject({ organizationId: organization.id, roles: ["ORG_OWNER"] });
  });
});
