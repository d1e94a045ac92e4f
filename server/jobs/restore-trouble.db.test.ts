import { rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { LOCK_COLLECTION } from "@/server/deployments/lock-marker";
import type { JournalState } from "@/server/engine/restore/journal";
import { loadHandler } from "./registry";
import { DATABASE, RestoreFixture } from "@/server/testing/restore-fixture";
import type { RunContext } from "./run-handler";

/**
 * Restores whose worker sleeps, whose database, storage or block goes away. Whatever happens, the target is wholly old or
 * wholly new when the block is lifted, and the run says which.
 */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-trouble-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

const LONG = { timeout: 120_000 };
const DATABASE_AWAY = () => Promise.reject(new Error("Can't reach database server"));

let fixture: RestoreFixture;
let snapshotId: string;
let wanted: unknown;
let old: unknown;

beforeAll(async () => {
  fixture = await RestoreFixture.open();
  snapshotId = await fixture.completedSnapshot();
  wanted = await fixture.contents(fixture.source);
}, 120_000);
afterAll(async () => {
  await fixture.close();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  await fixture.forgetRestores();
  await fixture.fillTarget();
  old = await fixture.contents();
});

const rowOf = (runId: string) => fixture.test.db.run.findUniqueOrThrow({ where: { id: runId } });
const jobOf = (restoreId: string) => fixture.test.db.restoreJob.findUniqueOrThrow({ where: { id: restoreId } });
const phaseOf = async (runId: string) => ((await rowOf(runId)).checkpoint as JournalState | null)?.phase ?? null;
const admin = () => fixture.target.client.db("admin");

/** One worker, whose handler gets a changed context, until it has let go of the run. */
async function runWith(change: (context: RunContext) => void): Promise<void> {
  let over = (): void => undefined;
  const isOver = new Promise<void>((resolve) => (over = resolve));
  const worker = await fixture.startWorker("first", async (kind) => {
    const handler = await loadHandler(kind);
    const execute: typeof handler.execute = (context) => {
      change(context);
      return handler.execute(context).finally(over);
    };
    return { ...handler, execute };
  });
  await isOver;
  await worker.stop();
}

/** Does something when the engine begins a step. */
function atStep({ progress }: RunContext, name: string, work: () => Promise<void>): void {
  const step = progress.step.bind(progress);
  progress.step = async (...args) => {
    await step(...args);
    if (args[0] === name) await work();
  };
}

describe("a worker that lost its run", () => {
  it("changes nothing when it wakes up after the next one finished", LONG, async () => {
    const { runId } = await fixture.startRestore(snapshotId);
    const sleeper = fixture.startVictim("stop:restore:renamed-in");
    try {
      await vi.waitUntil(async () => (await fixture.names()).some((name) => name.endsWith("_o0")), { timeout: 60_000 });
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await fixture.rescue(runId)).toMatchObject({ status: "COMPLETED", attempt: 2 });
      sleeper.kill("SIGCONT");
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(await fixture.contents()).toEqual(wanted);
      await fixture.expectUnlocked();
    } finally {
      sleeper.kill("SIGKILL");
    }
  });

  it("leaves the block to its successor, whatever it failed of", LONG, async () => {
    const { runId } = await fixture.startRestore(snapshotId);
    await runWith((context) =>
      atStep(context, "load", async () => {
        await context.db.run.update({ where: { id: runId }, data: { workerId: "second", attempt: { increment: 1 } } });
        const loaded = await fixture.source.client.db(DATABASE).collection("orders").find().toArray();
        for (const name of await fixture.names())
          if (/_n\d+$/.test(name)) await fixture.target.client.db(DATABASE).collection(name).insertMany(loaded);
      }),
    );
    expect(await rowOf(runId)).toMatchObject({ status: "RUNNING", workerId: "second" });
    expect(await fixture.isBlocked()).toBe(true);
    expect(await fixture.rescue(runId)).toMatchObject({ status: "COMPLETED" });
    expect(await fixture.contents()).toEqual(wanted);
    await fixture.expectUnlocked();
  });
});

describe("a restore that was cut in the middle of the swap", () => {
  it("is put back when the storage is away at the resume", LONG, async () => {
    const { runId } = await fixture.startRestore(snapshotId);
    await fixture.runVictim("restore:renamed-aside");
    const folder = fileURLToPath((await fixture.test.db.repository.findFirstOrThrow()).location);
    await fixture.test.db.storageTarget.updateMany({ data: { revision: { increment: 1 } } });
    await rename(folder, `${folder}.away`);
    try {
      expect(await fixture.rescue(runId)).toMatchObject({ status: "FAILED", errorCode: "REPOSITORY_NOT_FOUND" });
    } finally {
      await rename(`${folder}.away`, folder);
    }
    expect(await fixture.contents()).toEqual(old);
    await fixture.expectUnlocked();
  });

  it("waits while its lock cannot be taken, and ends neither the run nor the block", LONG, async () => {
    const { runId } = await fixture.startRestore(snapshotId);
    await fixture.runVictim("restore:renamed-aside");
    const marker = await admin().collection(LOCK_COLLECTION).findOne();
    await admin()
      .collection(LOCK_COLLECTION)
      .updateOne({}, { $set: { runId: "somebody else" } });
    await fixture.expireLease(runId);
    await runWith(() => undefined);
    expect(await rowOf(runId)).toMatchObject({ status: "RUNNING", attempt: 2 });
    expect(await phaseOf(runId)).toBe("swapping");
    expect(await fixture.isBlocked()).toBe(true);

    await admin().collection(LOCK_COLLECTION).replaceOne({}, marker!);
    expect(await fixture.rescue(runId)).toMatchObject({ status: "COMPLETED" });
    expect(await fixture.contents()).toEqual(wanted);
    await fixture.expectUnlocked();
  });

  it("keeps the block while the database is away at the commit", LONG, async () => {
    const { runId } = await fixture.startRestore(snapshotId);
    await runWith(({ lease }) => {
      lease.closeForCancelling = () => {
        Object.assign(lease, { update: DATABASE_AWAY, transaction: DATABASE_AWAY });
        return DATABASE_AWAY();
      };
    });
    expect(await phaseOf(runId)).toBe("swapping");
    expect(await fixture.isBlocked()).toBe(true);
    expect(await fixture.rescue(runId)).toMatchObject({ status: "COMPLETED" });
    expect(await fixture.contents()).toEqual(wanted);
    await fixture.expectUnlocked();
  });
});

describe("a restore whose snapshot lost its manifest", () => {
  const loseManifest = () =>
    fixture.test.db.snapshot.update({ where: { id: snapshotId }, data: { manifestId: null, deletedAt: new Date() } });
  let manifestId: string | null;
  beforeEach(async () => {
    ({ manifestId } = await fixture.test.db.snapshot.findUniqueOrThrow({ where: { id: snapshotId } }));
  });
  afterEach(async () => {
    await fixture.test.db.snapshot.update({ where: { id: snapshotId }, data: { manifestId, deletedAt: null } });
  });

  it.each(["planned", "batch-inserted"])("ends, and lifts the block that was left at %s", LONG, async (point) => {
    const { runId } = await fixture.startRestore(snapshotId);
    await fixture.runVictim(`restore:${point}`);
    expect(await fixture.isBlocked()).toBe(true);
    await loseManifest();
    await fixture.rescue(runId);
    expect(await fixture.contents()).toEqual((await rowOf(runId)).status === "COMPLETED" ? wanted : old);
    await fixture.expectUnlocked();
  });

  it("is finished by its journal once it was proven", LONG, async () => {
    const { runId } = await fixture.startRestore(snapshotId);
    await fixture.runVictim("restore:renamed-in");
    await loseManifest();
    expect(await fixture.rescue(runId)).toMatchObject({ status: "COMPLETED" });
    expect(await fixture.contents()).toEqual(wanted);
    await fixture.expectUnlocked();
  });
});

/** The database is back when the next thing is asked of it. */
function failToSettleOnce({ lease }: RunContext): void {
  const settle = lease.settle.bind(lease);
  lease.settle = () => {
    lease.settle = settle;
    return DATABASE_AWAY();
  };
}

describe("a restore that is done", () => {
  const endings: Array<[string, (context: RunContext) => void]> = [
    ["its end", failToSettleOnce],
    ["its last step", (context) => atStep(context, "report", DATABASE_AWAY)],
    ["the step before the unlocking", (context) => atStep(context, "unlock", DATABASE_AWAY)],
  ];
  it.each(endings)(
    "is never called failed: the next worker stores what could not be stored: %s",
    LONG,
    async (...of) => {
      const { runId, restoreId } = await fixture.startRestore(snapshotId);
      await runWith(of[1]);
      expect(await rowOf(runId)).toMatchObject({ status: "RUNNING" });
      expect(await fixture.rescue(runId)).toMatchObject({ status: "COMPLETED", attempt: 2 });
      const { status, report } = await jobOf(restoreId);
      expect(status).toBe("COMPLETED");
      expect(report).toMatchObject({
        outcome: "proven",
        totals: { documents: 802, collections: 2 },
        writes: { serverSide: true, releaseVerified: true },
      });
      expect(await fixture.contents()).toEqual(wanted);
      await fixture.expectUnlocked();
    },
  );
});

describe("a block that somebody else lifted", () => {
  const lift = async () => {
    await fixture.liftBlock();
    await admin().collection(LOCK_COLLECTION).deleteMany({});
  };

  it.each([
    ["the block alone", () => fixture.liftBlock()],
    ["block and marker", lift],
  ])("ends the restore before anything is swapped: %s", LONG, async (_, lifted) => {
    const { runId, restoreId } = await fixture.startRestore(snapshotId);
    await runWith((context) =>
      atStep(context, "index", async () => {
        await lifted();
        await vi.waitUntil(() => false, { timeout: 6_000 }).catch(() => undefined);
      }),
    );
    expect(await rowOf(runId)).toMatchObject({ status: "FAILED", errorCode: "WRITE_BLOCK_NOT_OURS" });
    expect((await jobOf(restoreId)).report).toMatchObject({ outcome: "failed" });
    expect(await fixture.contents()).toEqual(old);
    await fixture.expectUnlocked();
  });

  it("is noticed at the last moment before the commit", LONG, async () => {
    const { runId } = await fixture.startRestore(snapshotId);
    await runWith((context) => atStep(context, "swap", lift));
    expect(await rowOf(runId)).toMatchObject({ status: "FAILED", errorCode: "WRITE_BLOCK_NOT_OURS" });
    expect(await fixture.contents()).toEqual(old);
  });

  it("after the commit goes into the report", LONG, async () => {
    const { restoreId } = await fixture.startRestore(snapshotId);
    await runWith((context) => atStep(context, "unlock", lift));
    const { status, report } = await jobOf(restoreId);
    expect(status).toBe("COMPLETED");
    expect(report).toMatchObject({ outcome: "proven", writes: { serverSide: true, releaseVerified: false } });
  });
});
