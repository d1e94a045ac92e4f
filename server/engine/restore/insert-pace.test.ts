import { setMaxListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { InsertPace } from "./insert-pace";

const MIB = 1024 * 1024;
const never = new AbortController().signal;
setMaxListeners(0, never);

/** A server in a time of its own: it works on `knee` batches at once, the others wait in its queue. */
async function feed(knee: number, batchMs: number, batches: number): Promise<{ limits: number[]; mostAtOnce: number }> {
  let now = 0;
  const pace = new InsertPace(() => now);
  const queue: Array<() => void> = [];
  const limits: number[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const all = Array.from({ length: batches }, () =>
    pace
      .run(MIB, never, () => {
        mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
        return new Promise<void>((done) => queue.push(done));
      })
      .then(() => {
        atOnce -= 1;
        limits.push(pace.limit);
      }),
  );
  for (let left = batches; left > 0;) {
    await new Promise((turn) => setImmediate(turn));
    now += batchMs;
    for (const done of queue.splice(0, knee)) {
      left -= 1;
      done();
    }
  }
  await Promise.all(all);
  return { limits, mostAtOnce };
}

const average = (numbers: number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

describe("the pace of inserts", () => {
  it("finds out how many batches a server can use at once", async () => {
    for (const knee of [2, 8]) {
      const { limits } = await feed(knee, 50, 2000);
      const settled = average(limits.slice(-500));
      expect(settled).toBeGreaterThan(knee * 0.6);
      expect(settled).toBeLessThan(knee * 1.5 + 1);
    }
  });

  it("never sends more than its limit at once", async () => {
    expect((await feed(64, 50, 1000)).mostAtOnce).toBeLessThanOrEqual(10);
  });

  it("sends one at a time to a server whose answers take seconds", async () => {
    const { limits } = await feed(1, 4000, 200);
    expect(limits.at(-1)).toBe(1);
  });

  it("lets those who wait go when the run is aborted", async () => {
    const pace = new InsertPace();
    const abort = new AbortController();
    const blocked = Array.from({ length: 4 }, () => pace.run(1, never, () => new Promise<void>(() => undefined)));
    const waiting = pace.run(1, abort.signal, () => Promise.resolve());
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    expect(blocked).toHaveLength(4);
  });
});
