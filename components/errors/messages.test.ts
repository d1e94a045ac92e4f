import { describe, expect, it } from "vitest";
import { ERROR_KINDS, type ErrorCode } from "@/server/platform/errors/codes";
import { ERROR_WORDS, storedWords, wordsFor } from "./messages";

describe("error words", () => {
  it("says what happened and what to do for every code, without blame or shouting", () => {
    expect(Object.keys(ERROR_WORDS).toSorted()).toEqual(Object.keys(ERROR_KINDS).toSorted());
    for (const code of Object.keys(ERROR_KINDS) as ErrorCode[]) {
      const { title, body } = wordsFor(code);
      expect(title, code).toMatch(/^[A-Z].*[^.]\.$/);
      expect(body, code).toMatch(/\.$/);
      expect(title + body, code).not.toMatch(/!|undefined|null/);
    }
  });

  it("puts the server's values into the words", () => {
    expect(wordsFor("CLUSTER_PRIVILEGE_MISSING", { missing: "bypassWriteBlock" }).body).toContain("bypassWriteBlock");
  });

  it("takes the words of a stored message only where it has some", () => {
    const code = "STORAGE_UNAVAILABLE";
    expect(storedWords({ code, message: null })).toEqual(wordsFor(code));
    expect(storedWords({ code, message: code })).toEqual(wordsFor(code));
    expect(storedWords({ code, message: "timed out 3 times" }).body).toBe("Timed out 3 times.");
  });

  it("does not fail on a code it does not know", () => {
    expect(wordsFor("SOMETHING_NEW")).toEqual(ERROR_WORDS.INTERNAL);
    expect(wordsFor("toString")).toEqual(ERROR_WORDS.INTERNAL);
  });
});
