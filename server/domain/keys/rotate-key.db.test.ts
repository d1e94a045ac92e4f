import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Repository } from "@/server/engine/repository";
import { listEnvelopes } from "@/server/engine/repository/keys/key-envelope";
import { MemoryNodeIndex } from "@/server/engine/repository/node-index/memory-node-index";
import { openObjectStore } from "@/server/engine/storage";
import {
  chooseInstallationKey,
  generateKeyFile,
  InstallationKey,
  readKeyFile,
  replaceKeyFile,
  seal,
} from "@/server/platform/crypto";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { makeCluster, makeWorld, type World } from "@/server/testing/people";
import { makeApiKeySecret } from "@/server/auth/api-key-secret";
import { newId } from "@/server/platform/ids";
import { ensureRepository, openRepository } from "../repositories/open-repository";
import { CREDENTIALS_PURPOSE } from "../storage/open-target";
import { resealAll } from "./reseal";
import { rotateKey, type RotateKey, type RotationPoint } from "./rotate-key";
import { SEALED_COLUMNS, SEALED_SETTINGS } from "./sealed-columns";

const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-rotate-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  delete process.env.HOLDFAST_KEY;
  return folder;
});

let test: TestDatabase;
let world: World;
let repositoryId: string;
let location: string;
let from: InstallationKey;
let to: InstallationKey;

/** One value in every sealed column, and a repository on disk. */
async function makeInstallation(): Promise<void> {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  from = generateKeyFile(join(home, "key"));
  to = generateKeyFile(join(home, "next"));
  chooseInstallationKey(from);
  test = await createTestDatabase();
  world = await makeWorld();
  const organizationId = world.org.id;
  const origin = { projectId: world.project.id, cloudProvider: "AWS", region: "EU_CENTRAL_1" };
  repositoryId = await ensureRepository(test.db, organizationId, origin);
  ({ location } = await test.db.repository.findUniqueOrThrow({ where: { id: repositoryId } }));
  await makeCluster(world.project, {
    name: "orders",
    connectionSealed: seal("mongodb://user:secret@db.example.com", "cluster.connection"),
  });
  const embedded = await makeCluster(world.project, { name: "embedded", deploymentKind: "EMBEDDED" });
  const rootPasswordSealed = seal("root's password", "embedded.rootPassword");
  await test.db.embeddedDeployment.create({ data: { clusterId: embedded.id, port: 27_901, rootPasswordSealed } });
  const { publicKey, ha1Sealed, privateKeyTail } = makeApiKeySecret();
  await test.db.apiKey.create({
    data: { id: newId(), organizationId, publicKey, ha1Sealed, privateKeyTail, description: "", roles: [] },
  });
  const credentialsSealed = seal(JSON.stringify({ kind: "none" }), CREDENTIALS_PURPOSE);
  await test.db.storageTarget.create({
    data: {
      id: newId(),
      organizationId,
      name: "s3",
      liveName: "s3",
      kind: "S3",
      location: "s3://b",
      credentialsSealed,
    },
  });
  const value = { sealed: seal("{}", "demo.facts").toString("base64"), toLoad: ["x"] };
  await test.db.setting.create({ data: { key: "demo", value } });
}

/** Which key every single sealed value opens with. */
async function keyOfDatabase(): Promise<InstallationKey> {
  const values: Array<{ value: Uint8Array; purpose: string }> = [];
  for (const { table, column, purpose } of SEALED_COLUMNS) {
    const rows = await test.db.$queryRawUnsafe<Array<{ value: Uint8Array }>>(
      `select "${column}" as value from "${table}" where "${column}" is not null`,
    );
    expect(rows.length, `${table}.${column}`).toBeGreaterThan(0);
    values.push(...rows.map(({ value }) => ({ value, purpose })));
  }
  for (const [key, purpose] of Object.entries(SEALED_SETTINGS)) {
    const { value } = await test.db.setting.findUniqueOrThrow({ where: { key } });
    values.push({ value: Buffer.from((value as { sealed: string }).sealed, "base64"), purpose });
  }
  const key = values.every(({ value }) => to.hasSealed(value)) ? to : from;
  for (const { value, purpose } of values) key.unseal(value, purpose);
  return key;
}

async function openWith(wrapper: InstallationKey): Promise<string> {
  const store = openObjectStore(location);
  return (await Repository.openWithKey({ store, index: new MemoryNodeIndex(), wrapper })).id;
}

const rotate = (over: Partial<RotateKey> = {}) =>
  rotateKey({
    db: test.db,
    from: readKeyFile(join(home, "key")),
    to,
    replaceKey: () => replaceKeyFile(home, to, "key.old"),
    ...over,
  });

beforeEach(async () => {
  await test?.close();
  await makeInstallation();
}, 60_000);
afterAll(async () => {
  await test.close();
  rmSync(home, { recursive: true, force: true });
});

describe("rotating the installation key", () => {
  it("seals everything with the new key, and writes no data again", async () => {
    const before = await keyOfDatabase();
    expect(before).toBe(from);
    const result = await rotate();
    expect(await keyOfDatabase()).toBe(to);
    expect(Object.keys(result.resealed)).toHaveLength(SEALED_COLUMNS.length + Object.keys(SEALED_SETTINGS).length);
    expect(Object.values(result.resealed).every((count) => count > 0)).toBe(true);
    expect(result.repositories).toEqual([{ id: repositoryId, location, oldEnvelope: "removed" }]);
    expect(readKeyFile(join(home, "key")).isSame(to)).toBe(true);
    expect(readKeyFile(join(home, "key.old")).isSame(from)).toBe(true);
    expect(await openWith(to)).toBe(repositoryId);
    await expect(openWith(from)).rejects.toThrowError(expect.objectContaining({ code: "REPOSITORY_KEY_WRONG" }));
    expect((await openRepository(test.db, repositoryId)).id).toBe(repositoryId);
    expect(await test.db.setting.findUnique({ where: { key: "key.rotation" } })).toBeNull();
    const entry = await test.db.activityEntry.findFirstOrThrow({ where: { type: "INSTALLATION_KEY_ROTATED" } });
    expect(entry.details).toEqual({ from: from.id.toString("hex"), to: to.id.toString("hex") });
    expect((await test.db.setting.findUniqueOrThrow({ where: { key: "demo" } })).value).toMatchObject({
      toLoad: ["x"],
    });
  });

  const POINTS: RotationPoint[] = [
    "envelope-written",
    "envelopes-written",
    "resealed",
    "key-replaced",
    "envelope-removed",
  ];
  it.each(POINTS)("cut at %s leaves all of it to one key, and is finished by running it again", async (cutAt) => {
    const cut = rotate({
      onPoint: (point) => {
        if (point === cutAt) throw new Error("cut");
      },
    });
    await expect(cut).rejects.toThrow("cut");
    const now = await keyOfDatabase();
    expect(await openWith(now)).toBe(repositoryId);

    const result = await rotate();
    expect(await keyOfDatabase()).toBe(to);
    expect(readKeyFile(join(home, "key")).isSame(to)).toBe(true);
    expect(readKeyFile(join(home, "key.old")).isSame(from)).toBe(true);
    expect(await openWith(to)).toBe(repositoryId);
    const ids = (await listEnvelopes(openObjectStore(location))).map(({ keyId }) => keyId);
    expect(ids).toEqual([to.id.toString("hex")]);
    expect(result.repositories).toHaveLength(1);
  });

  it("to the key that is there already changes nothing", async () => {
    const result = await rotate({ to: from, replaceKey: () => replaceKeyFile(home, from, "key.old") });
    expect(Object.values(result.resealed).every((count) => count === 0)).toBe(true);
    expect(result.repositories[0]!.oldEnvelope).toBe("none");
    expect(await openWith(from)).toBe(repositoryId);
  });

  it("names the value that a third key sealed, and changes nothing", async () => {
    const third = new InstallationKey(randomBytes(16).toString("hex"));
    const broken = await makeCluster(world.project, {
      name: "broken",
      connectionSealed: third.seal("mongodb://x", "cluster.connection"),
    });
    await expect(rotate()).rejects.toThrow(`Cluster ${broken.id}, connectionSealed`);
    await test.db.cluster.delete({ where: { id: broken.id } });
    expect(await keyOfDatabase()).toBe(from);
  });

  it("changes nothing while a repository's storage is gone, unless it is told to go on", async () => {
    rmSync(new URL(location), { recursive: true });
    mkdirSync(join(home, "elsewhere"));
    await test.db.repository.update({ where: { id: repositoryId }, data: { location: "file:///dev/null/nowhere" } });
    await expect(rotate()).rejects.toThrow();
    expect(await keyOfDatabase()).toBe(from);
    const result = await rotate({ skipUnreachable: true });
    expect(result.repositories[0]!.oldEnvelope).toBe("unreachable");
    expect(await keyOfDatabase()).toBe(to);
  });

  const hex = (...keys: InstallationKey[]) => keys.map(({ id }) => id.toString("hex")).sort();
  const envelopeIds = async () => (await listEnvelopes(openObjectStore(location))).map(({ keyId }) => keyId);
  const mark = async () => (await test.db.setting.findUnique({ where: { key: "key.rotation" } }))?.value;
  const cutAt = (point: RotationPoint) => (reached: RotationPoint) => {
    if (reached === point) throw new Error("cut");
  };

  it("remembers whose envelopes are left where a repository was not reached, and removes them later", async () => {
    await test.db.repository.update({ where: { id: repositoryId }, data: { location: "file:///dev/null/nowhere" } });
    await rotate({ skipUnreachable: true });
    expect(await mark()).toEqual({ leaving: hex(from), to: to.id.toString("hex") });
    await test.db.repository.update({ where: { id: repositoryId }, data: { location } });
    expect(await envelopeIds()).toEqual(hex(from));
    // The same command again, with the key that is in use now.
    expect((await rotate()).repositories[0]!.oldEnvelope).toBe("removed");
    expect(await envelopeIds()).toEqual(hex(to));
    expect(await mark()).toBeUndefined();
  });

  it.each(POINTS)("cut at %s and gone on with a third key leaves no envelope behind", async (point) => {
    await expect(rotate({ onPoint: cutAt(point) })).rejects.toThrow("cut");
    const third = generateKeyFile(join(home, "third"));
    const present = await keyOfDatabase();
    await rotate({ from: present, to: third, replaceKey: () => undefined });
    expect(await envelopeIds()).toEqual(hex(third));
    expect(await mark()).toBeUndefined();
  });

  it("goes on after a mark with one key only", async () => {
    await expect(rotate({ onPoint: cutAt("resealed") })).rejects.toThrow("cut");
    const value = { from: from.id.toString("hex"), to: to.id.toString("hex") };
    await test.db.setting.update({ where: { key: "key.rotation" }, data: { value } });
    await rotate();
    expect(await envelopeIds()).toEqual(hex(to));
    expect(await mark()).toBeUndefined();
  });

  it("with a present key that opens nothing here changes nothing, and marks nothing", async () => {
    const stranger = new InstallationKey(randomBytes(16).toString("hex"));
    const refused = rotate({ from: stranger, replaceKey: () => undefined });
    await expect(refused).rejects.toThrowError(expect.objectContaining({ code: "INSTALLATION_KEY_WRONG" }));
    expect(await mark()).toBeUndefined();
    expect(await envelopeIds()).toEqual(hex(from));
  });

  it("seals more rows than one batch", async () => {
    await test.db.cluster.createMany({
      data: Array.from({ length: 1_200 }, (_, at) => ({
        ...{ id: newId(), projectId: world.project.id, name: `c${at}`, tier: "M10", cloudProvider: "AWS" },
        ...{ region: "EU_CENTRAL_1", mongoDBVersion: "8.0.4", fcv: "8.0", deploymentKind: "EXTERNAL" as const },
        ...{ state: "IDLE" as const, backupEnabled: true },
        connectionSealed: seal(`mongodb://host${at}`, "cluster.connection"),
      })),
    });
    const counts = await test.db.$transaction((tx) => resealAll(tx, from, to), { timeout: 60_000 });
    expect(counts["Cluster.connectionSealed"]).toBe(1_201);
    expect(await keyOfDatabase()).toBe(to);
  });
});
