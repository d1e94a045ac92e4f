import { describe, expect, it } from "vitest";
import type { Check } from "@/server/domain/restores/schema";
import { checkCounts, sortChecks, stoppedBy } from "./check-words";

const check = (title: string, result: Check["result"]): Check => ({
  id: "version",
  result,
  title,
  fact: "",
  stops: [],
  errorCode: null,
});

describe("the check list", () => {
  const checks = [check("Version", "pass"), check("Space", "fail"), check("Clients", "warn"), check("Lock", "fail")];

  it("puts what fails first and keeps the order of the rest", () => {
    expect(sortChecks(checks).map((one) => one.title)).toEqual(["Space", "Lock", "Clients", "Version"]);
  });

  it("counts in words", () => {
    expect(checkCounts(checks)).toBe("1 pass, 1 warns, 2 fail");
    expect(checkCounts([check("Version", "pass")])).toBe("1 pass");
  });

  it("names what stops the restore", () => {
    expect(stoppedBy(checks)).toBe("The checks Space and Lock fail.");
    expect(stoppedBy([check("Space", "fail")])).toBe("The check “Space” fails.");
    expect(stoppedBy([check("Clients", "warn")])).toBeNull();
  });
});
