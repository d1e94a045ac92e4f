import { setTimeout as sleep } from "node:timers/promises";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  MemoryJournal,
  openTestRepository,
  photograph,
  restoreInto,
  restoreOptions,
  takeTestSnapshot,
} from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { waitForOwnCommands } from "./own-commands";
import { openContext } from "./restore-run";
import type { RestoreContext } from "./context";

const WITH_FAIL_POINTS = { version: "8.0.4", testCommands: true };
const RUN = "0".repeat(24);
const LIMITS = { pollMs: 5, quietMs: 100, waitMs: 30_000 };

let target: TestServer;
let context: RestoreContext;
beforeAll(async () => {
  target = await startTestServer(WITH_FAIL_POINTS);
  context = await openContext(restoreOptions(target.client, await openTestRepository(), "0".repeat(24)));
});
afterAll(() => target.close());

/** A command that the server works on for a while: many searches for what is not there. */
async function sendLongUpdate(collection: string, comment: string): Promise<{ ended: Promise<unknown> }> {
  const db = target.client.db("shop");
  await db.collection<{ _id: number }>(collection).insertMany(Array.from({ length: 5_000 }, (_, _id) => ({ _id })));
  const updates = Array.from({ length: 60 }, () => ({ q: { none: /x/ }, u: { $set: { a: 1 } }, multi: true }));
  const ended = db.command({ update: collection, updates, comment });
  ended.catch(() => undefined);
  while (!(await isRunning())) await sleep(2);
  return { ended };
}

async function isRunning(): Promise<boolean> {
  const { inprog } = await target.client.db("admin").command({ currentOp: 1 });
  return (inprog as Array<{ command?: { update?: string } }>).some(({ command }) => command?.update !== undefined);
}

it("waits until the server has done what the run sent before, and only that", async () => {
  const own = await sendLongUpdate("marked", RUN);
  await waitForOwnCommands(context, { limits: LIMITS });
  expect(await isRunning()).toBe(false);
  await own.ended;
  const others = await sendLongUpdate("others", "f".repeat(24));
  await waitForOwnCommands(context, { limits: LIMITS });
  expect(await isRunning()).toBe(true);
  await others.ended;
});

it("knows its commands by the run's names where there is no mark", async () => {
  const own = await sendLongUpdate(`__holdfast_${RUN}_abc_n0`, "");
  await waitForOwnCommands(context, { limits: LIMITS });
  expect(await isRunning()).toBe(false);
  await own.ended;
});

it("leaves the run to be resumed when they take too long", async () => {
  const own = await sendLongUpdate("slow", RUN);
  const waiting = waitForOwnCommands(context, { limits: { ...LIMITS, waitMs: 1 } });
  await expect(waiting).rejects.toMatchObject({ code: "RESTORE_NOT_UNDONE" });
  await own.ended;
});

it("after a break waits a while for commands that the server has not read yet", async () => {
  const startedAt = performance.now();
  await waitForOwnCommands(context, { afterBreak: true, limits: LIMITS });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(LIMITS.quietMs - 1);
});

it("a rename whose connection broke and that is carried out later does not undo the putting back", async () => {
  const source = await startTestServer();
  const late = await startTestServer(WITH_FAIL_POINTS);
  // The connection breaks while the server still waits for its lock on the namespace.
  const options = { retryWrites: false, serverMonitoringMode: "poll", socketTimeoutMS: 1_000 } as const;
  const flaky = await new MongoClient(late.uri, options).connect();
  try {
    const repository = await openTestRepository();
    await source.client.db("shop").collection("a").insertOne({ fresh: 1 });
    await late.client.db("shop").collection("a").insertOne({ old: 1 });
    const { manifestId } = await takeTestSnapshot(source.client, repository);
    const old = await photograph(late.client);
    const journal = new MemoryJournal();
    const broken = restoreInto(flaky, repository, manifestId, {
      journal,
      onPoint: async (point) => {
        if (point !== "journalled-swapping") return;
        const data = { failCommands: ["renameCollection"], blockConnection: true, blockTimeMS: 1_800 };
        await late.client.db("admin").command({ configureFailPoint: "failCommand", mode: { times: 1 }, data });
      },
    });
    await expect(broken).rejects.toMatchObject({ code: "CLUSTER_UNREACHABLE" });
    expect((await journal.read())?.phase).toBe("done");
    await sleep(1_500);
    expect(await photograph(late.client)).toEqual(old);
  } finally {
    await flaky.close();
    await Promise.all([source.close(), late.close()]);
  }
});
