import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Adoption } from "@/server/domain/repositories/adopt/adopt-repository";
import { MemoryNodeIndex, Repository } from "@/server/engine/repository";
import { documents, manifestOf, SHAPE, store } from "@/server/engine/repository/repository-fixture";
import { openObjectStore } from "@/server/engine/storage";
import { generateKeyFile, readKeyFile } from "@/server/platform/crypto";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";

/** The commands as a person calls them, in processes of their own, with a database of their own. */
const home = mkdtempSync(join(tmpdir(), "holdfast-commands-"));
const oldKey = join(home, "old-key");
const repositoryId = newId();
const folder = join(home, "repositories", repositoryId);
const location = pathToFileURL(folder).href;
let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  mkdirSync(folder, { recursive: true });
  const repository = await Repository.create({
    ...{ store: openObjectStore(location), index: new MemoryNodeIndex(), id: repositoryId, shape: SHAPE },
    keys: { idKey: randomBytes(32), encryptionKey: randomBytes(32) },
    wrapWith: generateKeyFile(oldKey),
  });
  const root = await store(repository, documents(100));
  await repository.writeManifest(manifestOf({ orders: { base: root, deltas: [] } }, { orders: root }));
}, 60_000);
afterAll(async () => {
  await test.close();
  rmSync(home, { recursive: true, force: true });
});

function holdfast(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const script = new URL("../holdfast.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, HOLDFAST_HOME: home, HOLDFAST_KEY: "", DATABASE_URL: test.url, LOG_LEVEL: "silent" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (errors += bytes.toString()));
  return new Promise((resolve) => child.on("exit", (code) => resolve({ code, output, errors })));
}

it("adopts a repository, prints its kit, and rotates the key of the installation", { timeout: 180_000 }, async () => {
  const wrong = await holdfast("repository", "adopt");
  expect(wrong).toMatchObject({ code: 2, output: "" });
  expect(wrong.errors).toContain("say --key FILE");

  const adopted = await holdfast("repository", "adopt", "--key", oldKey, "--json");
  expect(adopted.code, adopted.errors).toBe(0);
  const adoption = JSON.parse(adopted.output) as Adoption;
  expect(adoption).toMatchObject({ repositoryId, ok: true, inserted: { snapshots: 1, clusters: 1 } });
  expect(await test.db.snapshot.count()).toBe(1);

  const kit = await holdfast("repository", "kit");
  expect(kit.code, kit.errors).toBe(0);
  const present = readKeyFile(join(home, "key"));
  expect(kit.output).toContain(`keys/${present.id.toString("hex")}`);

  const worker = { id: "w", kind: "worker", host: "elsewhere", pid: 1, startedAt: new Date(), heartbeatAt: new Date() };
  await test.db.worker.create({ data: worker });
  const refused = await holdfast("key", "rotate", "--generate", join(home, "new-key"));
  expect(refused.code).toBe(1);
  expect(refused.errors).toContain("a worker on elsewhere");
  expect(readdirSync(home)).not.toContain("new-key");

  await test.db.worker.deleteMany();
  const rotated = await holdfast("key", "rotate", "--generate", join(home, "new-key"));
  expect(rotated.code, rotated.errors).toBe(0);
  const next = readKeyFile(join(home, "new-key"));
  expect(readKeyFile(join(home, "key")).isSame(next)).toBe(true);
  expect(rotated.output).not.toContain(readFileSync(join(home, "new-key"), "utf8").trim());
  expect(readdirSync(join(folder, "keys")).sort()).toEqual(
    [readKeyFile(oldKey), next].map(({ id }) => id.toString("hex")).sort(),
  );

  const alone = await holdfast("key", "rotate", "--storage", location, "--key", oldKey, "--new", join(home, "new-key"));
  expect(alone.code, alone.errors).toBe(0);
  expect(readdirSync(join(folder, "keys"))).toEqual([next.id.toString("hex")]);

  const [manifest] = readdirSync(join(folder, "manifests"));
  writeFileSync(join(folder, "manifests", manifest!), "damaged");
  const damaged = await holdfast("repository", "adopt");
  expect(damaged.code).toBe(1);
  expect(damaged.output).toContain(manifest);
});
