import { describe, expect, it } from "vitest";
import { reasonOf } from "./reason";

const refused = (whoHas: string[], needs: string | null = "Project Owner") =>
  reasonOf({ allowed: false, reason: "The cluster is locked by a restore.", needs, whoHas });

describe("the reason on a disabled control", () => {
  it("is absent when the control works", () => {
    expect(reasonOf({ allowed: true })).toBeUndefined();
  });

  it("names the role and who has it", () => {
    expect(refused(["Mei"])).toBe("It needs Project Owner. Mei has it.");
    expect(refused(["Mei", "Oskar", "Ines", "Tomas", "Dara"])).toBe(
      "It needs Project Owner. Mei, Oskar, Ines and 2 more have it.",
    );
    expect(refused([])).toBe("It needs Project Owner. Nobody has it here.");
  });

  it("is about the thing when no role is missing", () => {
    expect(refused(["Mei"], null)).toBe("The cluster is locked by a restore.");
  });
});
