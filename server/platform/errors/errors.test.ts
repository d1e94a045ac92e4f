import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERROR_KINDS, type ErrorCode } from "./codes";
import { renderErrorDocs } from "./docs";
import { DomainError, isDomainError } from "./domain-error";
import { KIND_RULES, rulesFor } from "./kinds";

const codes = Object.keys(ERROR_KINDS) as ErrorCode[];

describe("error codes", () => {
  it("are all in docs/errors.md, which is what npm run docs writes", () => {
    const page = readFileSync("docs/errors.md", "utf8");
    for (const code of codes) expect(page).toContain(`- \`${code}\`\n`);
    expect(page).toBe(renderErrorDocs());
  });

  it("are spelled in capitals", () => {
    for (const code of codes) expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
  });

  it("take their status from their kind", () => {
    expect(rulesFor("CLUSTER_NOT_FOUND")).toEqual({ trpc: "NOT_FOUND", http: 404, log: "info", job: "done" });
    expect(rulesFor("CLUSTER_UNREACHABLE").job).toBe("retryWithBackoff");
    expect(rulesFor("NODE_CORRUPT").job).toBe("failAndAlert");
  });

  it("have one status for tRPC and HTTP", () => {
    const statusOf = {
      BAD_REQUEST: 400,
      UNAUTHORIZED: 401,
      FORBIDDEN: 403,
      NOT_FOUND: 404,
      CONFLICT: 409,
      TOO_MANY_REQUESTS: 429,
      SERVICE_UNAVAILABLE: 503,
      INTERNAL_SERVER_ERROR: 500,
    };
    for (const rules of Object.values(KIND_RULES)) expect(rules.http).toBe(statusOf[rules.trpc]);
  });
});

describe("DomainError", () => {
  it("knows its kind and keeps its cause", () => {
    const cause = new Error("socket");
    const error = new DomainError("CLUSTER_UNREACHABLE", { params: { host: "a" }, cause });
    expect(error.kind).toBe("unavailable");
    expect(error.cause).toBe(cause);
    expect(isDomainError(error, "CLUSTER_UNREACHABLE")).toBe(true);
    expect(isDomainError(error, "INTERNAL")).toBe(false);
    expect(isDomainError(cause)).toBe(false);
  });
});
