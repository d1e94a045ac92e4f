import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseAssignment, type AssignmentRule } from "./choose-target";

const rule = (projectId: string | null, cloudProvider: string, region: string | null): AssignmentRule => ({
  projectId,
  cloudProvider,
  region,
});
const origin = { projectId: "p1", cloudProvider: "AWS", region: "EU_CENTRAL_1" };
/** The order of the rules that fit `origin`, the most specific first. */
const ORDER = [
  rule("p1", "AWS", "EU_CENTRAL_1"),
  rule("p1", "AWS", null),
  rule(null, "AWS", "EU_CENTRAL_1"),
  rule(null, "AWS", null),
];
const OTHERS = [
  rule("p2", "AWS", "EU_CENTRAL_1"),
  rule("p1", "AWS", "US_EAST_1"),
  rule("p1", "AZURE", "EU_CENTRAL_1"),
  rule("p1", "AZURE", null),
  rule(null, "GCP", null),
  rule(null, "AWS", "US_EAST_1"),
];

describe("the assignment that counts for a cluster", () => {
  it.each(ORDER.map((_, index) => [index]))("is the most specific one that is left (%d)", (index) => {
    expect(chooseAssignment([...OTHERS, ...ORDER.slice(index).reverse()], origin)).toBe(ORDER[index]);
  });

  it("is none where only other projects, providers and regions are assigned", () => {
    expect(chooseAssignment(OTHERS, origin)).toBeNull();
    expect(chooseAssignment([], origin)).toBeNull();
  });

  it("does not depend on the order in which rules were made", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...ORDER, ...OTHERS]), (rules) => {
        const first = ORDER.find((one) => rules.includes(one)) ?? null;
        expect(chooseAssignment(rules, origin)).toBe(first);
      }),
    );
  });
});
