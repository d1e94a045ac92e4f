import { describe, expect, it } from "vitest";
import { formatBytes, formatRate, sizeParts } from "./bytes";
import { formatCount, listWords, percentOf, plural } from "./numbers";
import { formatAbout, formatDuration, formatRelative, localOffset, utcExact, utcLong, utcShort } from "./times";

const at = new Date("2026-09-17T16:00:00Z");
const after = (seconds: number) => new Date(at.getTime() + seconds * 1000);

describe("sizes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [61 * 2 ** 20, "61 MiB"],
    [42.1 * 2 ** 30, "42.1 GiB"],
    [318 * 2 ** 30, "318 GiB"],
    [2 ** 40, "1.0 TiB"],
    [2 ** 20 - 1, "1.0 MiB"],
  ])("shows %d as %s", (bytes, words) => {
    expect(formatBytes(Math.round(bytes))).toBe(words);
  });

  it("takes a bigint as it comes from the database", () => {
    expect(sizeParts(5n * 1024n ** 3n)).toEqual({ value: "5.0", unit: "GiB" });
  });

  it("adds the second to a rate", () => {
    expect(formatRate(68 * 2 ** 20)).toBe("68 MiB/s");
  });
});

describe("times", () => {
  it.each([
    [0, "now"],
    [8, "8 s ago"],
    [9 * 60, "9 min ago"],
    [6480, "1 h 48 min ago"],
    [7200, "2 h ago"],
    [11 * 3600 + 59, "11 h ago"],
    [3 * 86400, "3 days ago"],
    [150 * 86400, "5 months ago"],
    [-6 * 86400, "in 6 days"],
    [-7 * 86400 + 60, "in 7 days"],
    [-720, "in 12 min"],
  ])("after %d s says %s", (seconds, words) => {
    expect(formatRelative(at, after(seconds))).toBe(words);
  });

  it.each([
    [400, "0.4 s"],
    [9100, "9.1 s"],
    [42_000, "42 s"],
    [402_000, "6 min 42 s"],
    [7_560_000, "2 h 06 min"],
    [90_000_000, "1 d 1 h"],
  ])("shows %d ms as %s", (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });

  it("rounds what is still to come", () => {
    expect([400, 40_000, 360_000, 10_800_000].map(formatAbout)).toEqual(["1 s", "40 s", "6 min", "3 h"]);
  });

  it("writes UTC wherever the server stands", () => {
    expect([utcShort(at), utcExact(at), utcLong(at)]).toEqual([
      "17 Sep 16:00",
      "2026-09-17 16:00:00 UTC",
      "17 Sep 2026, 16:00:00 UTC",
    ]);
    expect(localOffset(at)).toMatch(/^UTC[+-]\d+(:\d\d)?$/);
  });
});

describe("numbers", () => {
  it("groups thousands and keeps one apart from many", () => {
    expect([formatCount(18402771n), plural(1, "cluster"), plural(2, "entry", "entries")]).toEqual([
      "18,402,771",
      "1 cluster",
      "2 entries",
    ]);
  });

  it("joins words as a sentence does", () => {
    expect([listWords([]), listWords(["Mei"]), listWords(["Mei", "Oskar", "Ines"])]).toEqual([
      "",
      "Mei",
      "Mei, Oskar and Ines",
    ]);
  });

  it("never says 100 % before the end", () => {
    expect([percentOf(0, 0), percentOf(999, 1000), percentOf(1000n, 1000n), percentOf(2, 1)]).toEqual([
      0, 99, 100, 100,
    ]);
  });
});
