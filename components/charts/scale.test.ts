import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridOf, lineThrough } from "./scale";

describe("a chart's grid", () => {
  it.each([
    [212.4, [0, 100, 200, 300]],
    [72, [0, 20, 40, 60, 80]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [0, [0, 1]],
  ])("up to %d has round lines", (most, lines) => {
    expect(gridOf(most)).toEqual(lines);
  });

  it("always reaches over the largest value with few lines", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e15, noNaN: true }), (most) => {
        const lines = gridOf(most);
        expect(lines.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-9));
        expect(lines.length).toBeLessThanOrEqual(6);
      }),
    );
  });

  it("draws a line through its points", () => {
    expect(
      lineThrough([
        { x: 1, y: 2.26 },
        { x: 3, y: 4 },
      ]),
    ).toBe("M1 2.3L3 4");
  });
});
