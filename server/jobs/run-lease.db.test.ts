import { createServer, connect, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openDb, type Db } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { claimRun, HEARTBEAT_MS, LEASE_MS, type RunLease } from "./run-lease";

/** A way to PostgreSQL on which packets can be lost: both ends believe that the connection stands. */
class LossyWay {
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #loses = false;

  async open(url: string): Promise<string> {
    const { hostname, port } = new URL(url);
    this.#server = createServer((near) => {
      const far = connect(Number(port || 5432), hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on("error", () => undefined);
        from.on("data", (bytes: Buffer) => void (this.#loses || to.write(bytes)));
        from.on("close", () => to.destroy());
      }
    });
    await new Promise<void>((resolve) => this.#server!.listen(0, "127.0.0.1", resolve));
    const through = new URL(url);
    through.hostname = "127.0.0.1";
    through.port = String((this.#server.address() as AddressInfo).port);
    return through.href;
  }

  losePackets(): void {
    this.#loses = true;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
  }
}

let test: TestDatabase;
let way: LossyWay;
let db: Db;
let lease: RunLease;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

beforeEach(async () => {
  way = new LossyWay();
  db = openDb(await way.open(test.url));
  const id = newId();
  const ids = { projectId: newId(), clusterId: newId(), subjectId: newId() };
  await test.db.run.create({ data: { id, kind: "SNAPSHOT_TAKE", status: "QUEUED", ...ids } });
  lease = (await claimRun(db, id, "w1"))!;
});
afterEach(async () => {
  vi.useRealTimers();
  way.close();
  await db.$disconnect();
});

const row = () => test.db.run.findUniqueOrThrow({ where: { id: lease.runId } });

describe("a lease whose connection to the database hangs", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"] });
    way.losePackets();
  });

  it("is given up before another worker may have the run, without any answer", async () => {
    lease.start();
    await vi.advanceTimersByTimeAsync(LEASE_MS - HEARTBEAT_MS - 2_000);
    expect(lease.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(lease.signal.reason).toMatchObject({ code: "RUN_LEASE_LOST" });
    vi.useRealTimers();
    const stopping = performance.now();
    await lease.stop();
    expect(performance.now() - stopping).toBeLessThan(3_000);
  });

  it.each([
    ["a change", () => lease.update({ message: "late" })],
    ["a question", () => lease.assertHeld()],
    ["the last moment for cancelling", () => lease.closeForCancelling()],
  ])("ends %s with RUN_LEASE_LOST", async (_, ask) => {
    const asked = expect(ask()).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
    await vi.advanceTimersByTimeAsync(LEASE_MS);
    await asked;
    expect(lease.signal.aborted).toBe(true);
  });
});

describe("a lease of a process that was stopped for a while", () => {
  it.each(["the wall clock alone went on", "both clocks went on"])("is known to be lost when %s", async (which) => {
    const toFake = which.startsWith("both") ? (["performance", "Date"] as const) : (["Date"] as const);
    await expect(lease.assertHeld()).resolves.toBeUndefined();
    vi.useFakeTimers({ toFake: [...toFake], now: Date.now() });
    if (toFake.length === 2) vi.advanceTimersByTime(LEASE_MS);
    else vi.setSystemTime(Date.now() + LEASE_MS);
    way.losePackets();
    await expect(lease.assertHeld()).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
    vi.useRealTimers();
    await expect(lease.assertHeld(), "once lost, it stays lost").rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
  });
});

it("a lease that is asked for is prolonged by the answer", async () => {
  await test.db.run.update({ where: { id: lease.runId }, data: { leaseExpiresAt: new Date(0) } });
  await lease.assertHeld();
  expect((await row()).leaseExpiresAt!.getTime()).toBeGreaterThan(Date.now());
});

it("a lease that was cancelled and then lost is lost", async () => {
  await test.db.run.update({ where: { id: lease.runId }, data: { cancelRequestedAt: new Date() } });
  lease.start(20);
  await vi.waitUntil(() => lease.signal.aborted);
  await test.db.run.update({ where: { id: lease.runId }, data: { attempt: 2 } });
  await expect(lease.assertHeld()).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
  await lease.stop();
});
