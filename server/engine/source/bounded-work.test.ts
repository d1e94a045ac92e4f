import { setMaxListeners } from "node:events";
import { serialize } from "bson";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { encodeIdKey } from "../bson/key";
import { abortable, forEachConcurrently } from "./abort";
import { ByteBudget } from "./byte-budget";
import { sortExternally } from "./external-sort";

const never = new AbortController().signal;
setMaxListeners(0, never);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("ByteBudget", () => {
  it("never lets more out than its limit, except one that is alone", async () => {
    const budget = new ByteBudget(100);
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const bytes = 10 + ((i * 37) % 60);
        await budget.take(bytes, never);
        await pause(1);
        budget.release(bytes);
      }),
    );
    expect(budget.peakBytes).toBeLessThanOrEqual(100);
    await budget.take(500, never);
    expect(budget.peakBytes).toBe(500);
  });

  it("stops waiting when the signal is aborted, and lets the next one through", async () => {
    const budget = new ByteBudget(10);
    await budget.take(10, never);
    const stop = new AbortController();
    const waiting = budget.take(10, stop.signal);
    const behind = budget.take(10, never);
    stop.abort();
    await expect(waiting).rejects.toSatisfy((error) => isDomainError(error, "RUN_CANCELLED"));
    budget.release(10);
    await behind;
  });
});

describe("forEachConcurrently", () => {
  it("keeps to its limit and does every item once", async () => {
    let running = 0;
    let peak = 0;
    const seen: number[] = [];
    await forEachConcurrently([...Array(20).keys()], 3, never, async (item) => {
      peak = Math.max(peak, ++running);
      await pause(1);
      seen.push(item);
      running -= 1;
    });
    expect(peak).toBe(3);
    expect(seen.sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
  });

  it("throws the first failure after the others have stopped", async () => {
    let stopped = 0;
    const work = forEachConcurrently([1, 2, 3, 4], 2, never, async (item, _index, signal) => {
      if (item === 2) throw new Error("second");
      while (!signal.aborted) await pause(1);
      stopped += 1;
    });
    await expect(work).rejects.toThrow("second");
    expect(stopped).toBe(1);
  });
});

it("abortable waits no longer than the signal", async () => {
  const stop = new AbortController();
  const waiting = abortable(stop.signal, pause(60_000));
  stop.abort();
  await expect(waiting).rejects.toSatisfy((error) => isDomainError(error, "RUN_CANCELLED"));
});

describe("sortExternally", () => {
  it("gives every document once, in key order, however small its runs are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer(), { maxLength: 200 }),
        fc.integer({ min: 1, max: 5000 }),
        async (ids, runBytes) => {
          const documents = ids.map((_id) => Buffer.from(serialize({ _id, text: "x".repeat(Math.abs(_id) % 50) })));
          async function* groups() {
            for (let i = 0; i < documents.length; i += 7) {
              yield documents.slice(i, i + 7).map((doc) => ({ key: encodeIdKey(doc), doc }));
            }
          }
          const sorted: Buffer[] = [];
          for await (const group of sortExternally(groups(), never, runBytes)) {
            for (const { key, doc } of group) {
              expect(encodeIdKey(doc)).toEqual(key);
              sorted.push(doc);
            }
          }
          const expected = [...documents].sort((a, b) => Buffer.compare(encodeIdKey(a), encodeIdKey(b)));
          expect(sorted).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});
