import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isZoom, placeOf, stepIndex, ticksOf, windowOf, ZOOMS } from "./scale";

const end = Date.parse("2026-09-17T17:48:09Z");
const HOUR = 3_600_000;

describe("the time axis", () => {
  it("puts the ends of the window at the ends of the picture", () => {
    const window = { from: 1000, to: 2000 };
    expect([placeOf(1000, window, 88, 1122), placeOf(2000, window, 88, 1122), placeOf(1500, window, 0, 100)]).toEqual([
      88, 1122, 50,
    ]);
  });

  it("shows everything with air before the oldest mark, and never less than an hour", () => {
    expect(windowOf("all", end, end - 10 * HOUR).from).toBeLessThan(end - 10 * HOUR);
    expect(windowOf("all", end, end - 1).from).toBeLessThanOrEqual(end - HOUR);
    expect(windowOf("6h", end, end - 100 * HOUR)).toEqual({ from: end - 6 * HOUR, to: end });
  });

  it("knows its zooms from other words", () => {
    expect([isZoom("24h"), isZoom("25h"), isZoom(null)]).toEqual([true, false, false]);
    expect(ZOOMS.every((zoom) => isZoom(zoom.value))).toBe(true);
  });

  it("sets whole hours for a day and the date at midnight", () => {
    const labels = ticksOf({ from: end - 24 * HOUR, to: end }).map((tick) => tick.label);
    expect(labels).toEqual([
      "18:00",
      "20:00",
      "22:00",
      "Thu 17 Sep",
      "02:00",
      "04:00",
      "06:00",
      "08:00",
      "10:00",
      "12:00",
      "14:00",
      "16:00",
    ]);
  });

  it("never crowds, whatever the window", () => {
    fc.assert(
      fc.property(fc.integer({ min: HOUR, max: 3000 * 24 * HOUR }), (span) => {
        const ticks = ticksOf({ from: end - span, to: end });
        expect(ticks.length).toBeLessThanOrEqual(14);
        for (const tick of ticks) expect(tick.at).toBeGreaterThanOrEqual(end - span);
      }),
    );
  });

  it("stops at the first and the last mark", () => {
    expect([stepIndex(0, -1, 5), stepIndex(4, 1, 5), stepIndex(2, 1, 5)]).toEqual([0, 4, 3]);
  });
});
