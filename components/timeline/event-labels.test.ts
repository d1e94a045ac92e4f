import fc from "fast-check";
import { expect, it } from "vitest";
import { eventLabels } from "./event-labels";

const words = "8.0.3 to 8.0.4";

it("puts words to the right, to the left at the end, and nowhere in a crowd", () => {
  const sides = eventLabels(
    [
      { x: 200, label: words },
      { x: 900, label: words },
      { x: 920, label: words },
    ],
    1000,
  );
  expect(sides.map((one) => one.side)).toEqual(["right", "left", null]);
});

it("never lays one label over another", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 88, max: 1106 }), { maxLength: 20 }), (places) => {
      const spans = eventLabels(
        places.map((x) => ({ x, label: words })),
        1106,
      )
        .filter((one) => one.side !== null)
        .map(({ x, side, label }) => {
          const width = label.length * 6.4;
          return side === "right" ? [x, x + width] : [x - width, x];
        });
      for (const [index, span] of spans.entries()) {
        const next = spans[index + 1];
        if (next) expect(span[1]!).toBeLessThanOrEqual(next[0]! + 1e-6);
      }
    }),
  );
});
