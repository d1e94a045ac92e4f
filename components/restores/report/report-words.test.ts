import { describe, expect, it } from "vitest";
import { hashGroups, shortHash, stepBars } from "./report-words";

describe("a restore report", () => {
  it("sets a hash in groups and shortens it for tables", () => {
    const hash = "d120774153380a98";
    expect(hashGroups(hash)).toEqual(["d120", "7741", "5338", "0a98"]);
    expect([shortHash(hash), shortHash(`${hash}7241`)]).toEqual([hash, "d1207741…7241"]);
  });

  it("draws each step where it lay in the whole run", () => {
    const at = (seconds: number) => new Date(Date.UTC(2026, 8, 17, 17, 53, seconds)).toISOString();
    const { bars, totalSeconds } = stepBars([
      { name: "check", startedAt: at(0), seconds: 1 },
      { name: "load", startedAt: at(1), seconds: 3 },
      { name: "swap", startedAt: null, seconds: null },
    ]);
    expect(totalSeconds).toBe(4);
    expect(bars.map(({ offset, width }) => [offset, width])).toEqual([
      [0, 25],
      [25, 75],
      [0, 0],
    ]);
  });

  it("has no bars before the first step", () => {
    expect(stepBars([{ name: "check", startedAt: null, seconds: null }]).totalSeconds).toBe(0);
  });
});
