import { describe, expect, it } from "vitest";
import { safePath } from "./safe-path";

describe("where one goes after signing in", () => {
  it("is the page that was asked for", () => {
    expect(safePath("/projects/abc/backup?tab=restores")).toBe("/projects/abc/backup?tab=restores");
  });

  it.each([
    undefined,
    "",
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "/sign-in?from=/sign-in",
  ])("is never %j", (from) => {
    expect(safePath(from)).toBe("/projects");
  });
});
