import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { RESTORE_POINTS } from "@/server/engine/restore/points";
import { SNAPSHOT_POINTS } from "@/server/engine/source/points";
import { callerOf } from "@/server/testing/people";
import { RestoreFixture } from "@/server/testing/restore-fixture";
import { startSweeper } from "./sweeper";

/**
 * A worker process is killed at every named moment of a snapshot and of a restore (it kills itself with SIGKILL there,
 * so nothing of it runs afterwards). Another one must finish or undo the work: nothing lost, nothing locked, nothing
 * false.
 */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-death-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

let fixture: RestoreFixture;
beforeAll(async () => {
  fixture = await RestoreFixture.open();
}, 120_000);
afterAll(async () => {
  await fixture.close();
  await rm(home, { recursive: true, force: true });
});

describe("a worker killed while it takes a snapshot", () => {
  it.each(SNAPSHOT_POINTS)("at %s: another one completes it, and it verifies", { timeout: 120_000 }, async (point) => {
    const { runId, snapshotId } = await fixture.takeSnapshot();
    await fixture.runVictim(`snapshot:${point}`);
    const cut = await fixture.test.db.snapshot.findUniqueOrThrow({ where: { id: snapshotId } });
    expect(cut.status, "no snapshot lies").toBe("IN_PROGRESS");

    expect(await fixture.rescue(runId)).toMatchObject({ status: "COMPLETED", attempt: 2 });
    const verifying = await callerOf(fixture.manager).snapshots.verify({ ...fixture.inProject, snapshotId });
    expect((await fixture.rescue(verifying.runId)).status).toBe("COMPLETED");
    const snapshot = await fixture.test.db.snapshot.findUniqueOrThrow({ where: { id: snapshotId } });
    expect(snapshot).toMatchObject({ status: "COMPLETED", documentCount: 802n, verifyError: null });
    expect(snapshot.verifiedAt).not.toBeNull();
  });
});

describe("a worker killed while it restores", () => {
  let snapshotId: string;
  let wanted: unknown;
  beforeAll(async () => {
    snapshotId = await fixture.completedSnapshot();
    wanted = await fixture.contents(fixture.source);
  }, 60_000);
  beforeEach(() => fixture.fillTarget());

  it.each(RESTORE_POINTS)(
    "at %s: another one finishes it, and nothing stays locked",
    { timeout: 120_000 },
    async (point) => {
      const { runId } = await fixture.startRestore(snapshotId);
      await fixture.runVictim(`restore:${point}`);
      expect(await fixture.test.db.serverLock.count(), "the dead worker's lock is known").toBe(1);

      expect(await fixture.rescue(runId)).toMatchObject({ status: "COMPLETED", attempt: 2 });
      expect(await fixture.contents()).toEqual(wanted);
      await fixture.expectUnlocked();
    },
  );

  it("and cancelled before it comes back: the target is as it was", { timeout: 120_000 }, async () => {
    const old = await fixture.contents();
    const { runId, restoreId } = await fixture.startRestore(snapshotId);
    await fixture.runVictim("restore:renamed-aside");
    expect(await fixture.contents()).not.toEqual(old);
    await callerOf(fixture.manager).restores.cancel({ ...fixture.inProject, restoreId });
    expect(await fixture.rescue(runId)).toMatchObject({ status: "CANCELLED" });
    expect(await fixture.contents()).toEqual(old);
    await fixture.expectUnlocked();
  });

  it(
    "is taken over within 30 seconds of the next one's coming up, with nobody moving the clock",
    { timeout: 120_000 },
    async () => {
      const { runId } = await fixture.startRestore(snapshotId);
      await fixture.runVictim("restore:renamed-in");
      const stopSweeper = startSweeper(fixture.test.db);
      const worker = await fixture.startWorker("next");
      try {
        expect(await fixture.ended(runId)).toMatchObject({ status: "COMPLETED", attempt: 2 });
      } finally {
        await worker.stop();
        await stopSweeper();
      }
      expect(await fixture.contents()).toEqual(wanted);
      await fixture.expectUnlocked();
    },
  );
});
