import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeWorld, type World } from "@/server/testing/people";
import { ensureRepository } from "./open-repository";

const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-kit-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

let test: TestDatabase;
let world: World;
let repositoryId: string;

beforeAll(async () => {
  test = await createTestDatabase();
});
beforeEach(async () => {
  world = await makeWorld();
  const origin = { projectId: world.project.id, cloudProvider: "AWS", region: "EU_CENTRAL_1" };
  repositoryId = await ensureRepository(test.db, world.org.id, origin);
});
afterAll(async () => {
  await test.close();
  await rm(home, { recursive: true, force: true });
});

const ask = () => callerOf(world.owner).storage.recoveryKit({ orgId: world.org.id, repositoryId });
const shown = () =>
  test.db.activityEntry.findMany({ where: { organizationId: world.org.id, type: "RECOVERY_KIT_SHOWN" } });

it("leaves a word of who saw a recovery kit", async () => {
  expect(await ask()).toMatchObject({ repositoryId, organization: world.org.name });
  expect(await shown()).toMatchObject([{ actorId: world.owner.id, details: { repositoryId } }]);
});

it("does not wait for storage that is silent, and then tells of nothing", { timeout: 30_000 }, async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket));
  await once(silent.listen(0, "127.0.0.1"), "listening");
  const { port } = silent.address() as AddressInfo;
  const location = `s3://backups/shop/${repositoryId}?endpoint=http://127.0.0.1:${port}&pathStyle=1`;
  await test.db.repository.update({ where: { id: repositoryId }, data: { location } });
  // What this process has open is opened anew.
  await test.db.storageTarget.updateMany({ data: { kind: "S3", location, revision: 1 } });
  const begun = performance.now();
  try {
    await expect(ask()).rejects.toThrow("STORAGE_UNAVAILABLE");
    expect(performance.now() - begun).toBeLessThan(8_000);
    expect(sockets.length).toBeGreaterThan(0);
    expect(await shown()).toEqual([]);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});
