import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeQueue } from "@/server/jobs/queue";
import { RUN_CHANGED_CHANNEL } from "@/server/jobs/definitions/wake-run";
import { newId } from "@/server/platform/ids";
import { notify } from "@/server/platform/postgres";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { watchRuns } from "./watch";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  await closeQueue();
  await test.close();
});

const [mine, other] = [newId(), newId()];
const change = (runId: string) => notify(test.db, RUN_CHANGED_CHANNEL, `${newId()} ${runId}`);

function watch(signal: AbortSignal) {
  let reads = 0;
  const stream = watchRuns({
    signal,
    concerns: (_projectId, runId) => runId === mine,
    read: () => Promise.resolve(++reads),
    assertAllowed: () => Promise.resolve(),
  });
  return { stream, next: async () => (await stream.next()).value?.[1] as number | undefined };
}

describe("a stream of running work", () => {
  it("sends the state at once, again after a change, and many changes as one", async () => {
    const abort = new AbortController();
    const { stream, next } = watch(abort.signal);
    expect(await next()).toBe(1);
    const second = next();
    for (let i = 0; i < 5; i++) await change(mine);
    expect(await second).toBe(2);
    abort.abort();
    expect((await stream.next()).done).toBe(true);
  });

  it("sends nothing for what it is not about, and ends when the client goes", async () => {
    const abort = new AbortController();
    const { stream, next } = watch(abort.signal);
    await next();
    const waiting = stream.next();
    await change(other);
    const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(() => resolve("quiet"), 1_200))]);
    expect(first).toBe("quiet");
    abort.abort();
    expect((await waiting).done).toBe(true);
  });
});
