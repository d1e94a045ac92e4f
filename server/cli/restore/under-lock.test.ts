import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LOCK_COLLECTION } from "@/server/deployments/lock-marker";
import { readWriteBlock } from "@/server/deployments/write-block";
import type { Repository } from "@/server/engine/repository";
import { SimulatedKill, type OnPoint } from "@/server/engine/restore/points";
import { resumeRestore, restoreSnapshot } from "@/server/engine/restore/restore-snapshot";
import { openTestRepository, photograph, restoreOptions, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { JournalFile } from "./journal-file";
import { underLock } from "./under-lock";

let folder: string;
let target: TestServer;
let repository: Repository;
let manifestId: string;
let journal: JournalFile;
let old: unknown;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-lock-"));
  target = await startTestServer();
  const source = await startTestServer();
  repository = await openTestRepository();
  await source.client.db("shop").collection("both").insertOne({ fresh: 1 });
  ({ manifestId } = await takeTestSnapshot(source.client, repository));
  await source.close();
  await target.client.db("shop").collection("both").insertOne({ old: 1 });
  old = await photograph(target.client);
  const identity = { repositoryId: "r", snapshotId: "s", skipDamaged: false };
  journal = JournalFile.open(folder, "rs:x", identity, new AbortController().signal);
});
afterEach(async () => {
  journal.close();
  rmSync(folder, { recursive: true, force: true });
  await target.close();
});

const request = () => ({ runId: journal.runId, reason: "test", withoutBlock: false, journal, heartbeatMs: 50 });

const restore = (onPoint: OnPoint) =>
  underLock(target.client, request(), (locked) =>
    restoreSnapshot(
      restoreOptions(target.client, repository, manifestId, {
        runId: journal.runId,
        journal: locked.journal,
        signal: locked.lost,
        onPoint,
      }),
    ),
  );

const putBack = () =>
  underLock(target.client, request(), (locked) =>
    resumeRestore(
      restoreOptions(target.client, repository, manifestId, {
        runId: journal.runId,
        journal: locked.journal,
        signal: AbortSignal.abort(new Error("put back")),
      }),
    ),
  );

it("keeps the block where the target is half swapped and the journal cannot be written", async () => {
  const killed = restore((point) => {
    if (point === "renamed-aside") throw new SimulatedKill(point);
  });
  await expect(killed).rejects.toThrow();
  expect(await readWriteBlock(target.client), "the journal says swapping").toBe("on");

  // Nothing can be written, as on a full disk.
  mkdirSync(`${journal.path}.part`);
  await expect(putBack()).rejects.toMatchObject({
    code: "RESTORE_NOT_UNDONE",
    message: expect.stringContaining("--roll-back") as string,
  });
  expect(await readWriteBlock(target.client)).toBe("on");

  rmdirSync(`${journal.path}.part`);
  expect(await putBack()).toEqual({ rolledBack: true });
  expect(await readWriteBlock(target.client)).toBe("off");
  expect(await photograph(target.client)).toEqual(old);
});

it("lifts the block where nothing was swapped, whatever failed", async () => {
  const failed = restore((point) => {
    if (point === "batch-inserted") throw new Error("full");
  });
  await expect(failed).rejects.toThrow("full");
  expect(await readWriteBlock(target.client)).toBe("off");
  expect(await photograph(target.client)).toEqual(old);
});

it.each(["loaded", "catalogue-checked"] as const)(
  "commits nothing when somebody else lifted the block at %s",
  async (at) => {
    const admin = target.client.db("admin");
    const lifted = restore(async (point) => {
      if (point !== at) return;
      await admin.command({ setUserWriteBlockMode: 1, global: false });
      await admin.collection(LOCK_COLLECTION).deleteMany({});
      if (at === "loaded") await new Promise((resolve) => setTimeout(resolve, 300));
    });
    await expect(lifted).rejects.toMatchObject({ code: "WRITE_BLOCK_NOT_OURS" });
    expect(await photograph(target.client)).toEqual(old);
  },
);
