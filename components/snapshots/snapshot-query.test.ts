import { expect, it } from "vitest";
import { snapshotFilter } from "./snapshot-query";

const now = new Date("2026-09-17T12:00:00Z");

it("reads the filters from the address", () => {
  expect(snapshotFilter({ kind: "onDemand", status: "FAILED", proven: "no", taken: "7" }, now)).toEqual({
    kind: "onDemand",
    status: "FAILED",
    proven: false,
    takenAfter: new Date("2026-09-10T12:00:00Z"),
  });
});

it("takes what it does not understand for no filter", () => {
  expect(snapshotFilter({ kind: "x", status: "x", proven: "x", taken: "-4" }, now)).toEqual({});
});
