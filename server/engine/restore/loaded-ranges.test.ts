import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LoadedRanges } from "./loaded-ranges";

describe("loaded ranges", () => {
  it("end where everything before is loaded, whatever the order in which batches finish", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        async (order, per) => {
          const ranges = new LoadedRanges(per * 10);
          const finished = new Set<number>();
          const seen: number[] = [];
          const watching = (async () => {
            for await (const document of ranges) {
              const first = document[0]!;
              for (let n = 0; n < first; n += 1) expect(finished.has(n)).toBe(true);
              seen.push(first);
            }
          })();
          const open: Array<{ n: number; done: () => void }> = [];
          for (const [n, pick] of order.entries()) {
            open.push({ n, done: ranges.begin(Buffer.from([n]), 10) });
            if (pick % 3 === 0) continue;
            const [one] = open.splice(pick % open.length, 1);
            finished.add(one!.n);
            one!.done();
            await Promise.resolve();
          }
          for (const { n, done } of open) {
            finished.add(n);
            done();
          }
          ranges.finish();
          await watching;
          expect(seen).toEqual(Array.from({ length: order.length }, (_, n) => n).filter((n) => n > 0 && n % per === 0));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("end without further ranges when nothing more will be loaded", async () => {
    const ranges = new LoadedRanges(10);
    ranges.begin(Buffer.from([0]), 10);
    ranges.begin(Buffer.from([1]), 10);
    ranges.finish();
    for await (const document of ranges) expect.fail(`range at ${document[0]}`);
  });
});
