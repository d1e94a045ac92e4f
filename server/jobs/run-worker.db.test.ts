import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Db } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { closeQueue, enqueueRun } from "./queue";
import type { RunHandler } from "./run-handler";
import { claimRun } from "./run-lease";
import { RunWorker } from "./run-worker";
import { sweepRuns } from "./sweeper";

let test: TestDatabase;
let db: Db;

beforeAll(async () => {
  test = await createTestDatabase();
  db = test.db;
});
afterAll(async () => {
  await closeQueue();
  await test.close();
});
beforeEach(() => db.run.deleteMany());

const none = () => Promise.resolve();

function handler(execute: RunHandler["execute"], fail: RunHandler["fail"] = () => Promise.resolve(none)): RunHandler {
  return { steps: ["connect", "read", "finish"], execute, fail };
}

async function makeRun(): Promise<string> {
  const id = newId();
  await db.$transaction(async (tx) => {
    const ids = { projectId: newId(), clusterId: newId(), subjectId: newId() };
    await tx.run.create({ data: { id, kind: "SNAPSHOT_TAKE", status: "QUEUED", ...ids } });
    await enqueueRun(tx, id);
  });
  return id;
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean, withinMs = 10_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > deadline)
      throw new Error(
        `not within ${withinMs} ms: ${JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? Number(v) : v))}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const row = (id: string) => db.run.findUniqueOrThrow({ where: { id }, include: { steps: true, log: true } });
const expireLease = (id: string) => db.run.update({ where: { id }, data: { leaseExpiresAt: new Date(0) } });

async function withWorker<T>(work: RunHandler, whileRunning: () => Promise<T>, workerId = "w1"): Promise<T> {
  const worker = new RunWorker({ db, workerId, concurrency: 2, loadHandler: () => Promise.resolve(work) });
  await worker.start();
  try {
    return await whileRunning();
  } finally {
    await worker.stop();
  }
}

describe("a run", () => {
  it("is fetched, worked on with its steps, and settled", async () => {
    const work = handler(async ({ progress }) => {
      await progress.step("connect");
      progress.totals({ bytes: 100, documents: 2 });
      await progress.step("read", "reading");
      progress.advance({ bytes: 100, documents: 2 });
      progress.log("read", "two documents");
      return none;
    });
    const run = await withWorker(work, async () => {
      const id = await makeRun();
      return until(
        () => row(id),
        (found) => found.status === "COMPLETED",
      );
    });
    expect(run.doneBytes).toBe(100n);
    expect(run.log.map((line) => line.message)).toEqual(["two documents"]);
    const statuses = Object.fromEntries(run.steps.map((step) => [step.name, step.status]));
    expect(statuses).toEqual({ connect: "COMPLETED", read: "COMPLETED", finish: "QUEUED" });
    expect(run.workerId).toBeNull();
  });

  it("fails with its code and keeps foreign errors to itself", async () => {
    const work = handler(() => Promise.reject(new Error("secret host name")));
    const run = await withWorker(work, async () => {
      const id = await makeRun();
      return until(
        () => row(id),
        (found) => found.status === "FAILED",
      );
    });
    expect(run.errorCode).toBe("INTERNAL");
    expect(run.errorMessage).toBeNull();
  });

  it("is claimed by exactly one of many workers", async () => {
    const id = await makeRun();
    const claims = await Promise.all(Array.from({ length: 8 }, (_, n) => claimRun(db, id, `w${n}`)));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });

  it("is cancelled while it runs, before its commit point only", async () => {
    const work = handler(async ({ signal, progress }) => {
      await progress.step("connect");
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      return none;
    });
    const run = await withWorker(work, async () => {
      const id = await makeRun();
      await until(
        () => row(id),
        (found) => found.step === "connect",
      );
      await db.run.update({ where: { id }, data: { cancelRequestedAt: new Date() } });
      return until(
        () => row(id),
        (found) => found.status !== "RUNNING",
      );
    });
    expect(run.status).toBe("CANCELLED");

    const late = await makeRun();
    const lease = (await claimRun(db, late, "w1"))!;
    await lease.closeForCancelling();
    await db.run.update({ where: { id: late }, data: { cancelRequestedAt: new Date() } });
    await expect(lease.closeForCancelling()).resolves.toBeUndefined();
    const early = await makeRun();
    await db.run.update({ where: { id: early }, data: { cancelRequestedAt: new Date() } });
    const cancelled = (await claimRun(db, early, "w1"))!;
    await expect(cancelled.closeForCancelling()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
  });
});

describe("a worker that dies", () => {
  it("is fenced off: after the takeover none of its changes is stored", async () => {
    const id = await makeRun();
    const dead = (await claimRun(db, id, "dead"))!;
    expect(await claimRun(db, id, "next")).toBeNull();
    await expireLease(id);
    const next = (await claimRun(db, id, "next"))!;
    expect(next.attempt).toBe(2);
    await expect(dead.update({ message: "late" })).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
    await expect(dead.closeForCancelling()).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
    await expect(dead.settle("COMPLETED", {})).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
    expect(dead.signal.aborted).toBe(true);
    await next.update({ message: "mine" });
    expect((await row(id)).message).toBe("mine");
  });

  it("loses its run to another one, which goes on", async () => {
    const id = await makeRun();
    await claimRun(db, id, "dead");
    await expireLease(id);
    const run = await withWorker(
      handler(() => Promise.resolve(none)),
      async () => {
        expect(await sweepRuns(db)).toBe(1);
        return until(
          () => row(id),
          (found) => found.status === "COMPLETED",
        );
      },
      "next",
    );
    expect(run.attempt).toBe(2);
  });

  it("gives a run back that it claimed while it was told to stop", async () => {
    const work = handler(async ({ signal }) => {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      return none;
    });
    const id = await makeRun();
    let stopping: Promise<void> | null = null;
    const worker = new RunWorker({
      ...{ db, workerId: "w1", concurrency: 1 },
      loadHandler: () => {
        stopping = worker.stop();
        return Promise.resolve(work);
      },
    });
    await worker.start();
    const run = await until(
      () => row(id),
      (found) => stopping !== null && found.leaseExpiresAt !== null && found.leaseExpiresAt.getTime() < Date.now(),
    );
    await stopping;
    expect(run.status).toBe("RUNNING");
  });

  it("gives its runs back when it is told to stop", async () => {
    const work = handler(async ({ signal }) => {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      return none;
    });
    const id = await withWorker(work, async () => {
      const made = await makeRun();
      await until(
        () => row(made),
        (found) => found.status === "RUNNING",
      );
      return made;
    });
    const run = await row(id);
    expect(run.status).toBe("RUNNING");
    expect(run.leaseExpiresAt!.getTime()).toBeLessThan(Date.now());
    expect(await claimRun(db, id, "next")).not.toBeNull();
  });
});
