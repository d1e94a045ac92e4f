import { describe, expect, it } from "vitest";
import { ERROR_KINDS, type ErrorCode } from "@/server/platform/errors/codes";
import { DomainError } from "@/server/platform/errors/domain-error";
import { AtlasError, describeError } from "./atlas-error";
import { ATLAS_ERRORS } from "./atlas-error-table";

describe("describeError", () => {
  it("has the Admin API's body", () => {
    const params = { clusterName: "c1", groupId: "5f0000000000000000000000" };
    expect(describeError(new DomainError("CLUSTER_NOT_FOUND", { params }))).toEqual({
      status: 404,
      body: {
        detail: "No cluster named c1 exists in group 5f0000000000000000000000.",
        error: 404,
        errorCode: "CLUSTER_NOT_FOUND",
        parameters: ["c1", "5f0000000000000000000000"],
        reason: "Not Found",
      },
    });
  });

  it("answers missing credentials as the hosted service does", () => {
    expect(describeError(new AtlasError("UNAUTHENTICATED")).body).toEqual({
      error: 401,
      reason: "Unauthorized",
      detail: "You are not authorized for this resource.",
      errorCode: "UNEXPECTED_ERROR",
    });
  });

  it("answers too few rights with 401, not 403", () => {
    expect(describeError(new DomainError("USER_UNAUTHORIZED"))).toMatchObject({
      status: 401,
      body: {
        errorCode: "USER_UNAUTHORIZED",
        detail: "Current user is not authorized to perform this action.",
        reason: "Unauthorized",
      },
    });
  });

  it("lists the fields of a bad request", () => {
    const fields = [{ field: "retentionInDays", description: "must be at least 1" }];
    const { body } = describeError(
      new AtlasError("INVALID_QUERY_PARAMETER", { parameters: ["retentionInDays"], fields }),
    );
    expect(body.badRequestDetail).toEqual({ fields });
    expect(body.parameters).toEqual(["retentionInDays"]);
  });

  it("says why, in the words of the check that failed", () => {
    const fact = "8.1.2 to 8.0.4: a snapshot cannot go to an older release.";
    const { status, body } = describeError(new DomainError("RESTORE_CHECK_FAILED", { params: { fact } }));
    expect(status).toBe(403);
    expect(body.errorCode).toBe("CANNOT_RESTORE_TO_TARGET");
    expect(body.detail).toContain(fact);
  });

  it("takes what the error does not name from the path", () => {
    const { body } = describeError(new DomainError("CLUSTER_NOT_FOUND"), { clusterName: "c1", groupId: "g" });
    expect(body.parameters).toEqual(["c1", "g"]);
  });

  it.each([
    ["UNFINISHED_ON_DEMAND_SNAPSHOT", 400],
    ["CANNOT_DELETE_IN_PROGRESS_SNAPSHOT", 400],
    ["DUPLICATE_CLUSTER_NAME", 400],
    ["CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API", 400],
    ["CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API", 400],
    ["CANNOT_CANCEL_AUTOMATED_RESTORE", 400],
    ["CANNOT_RESTORE_TO_TARGET", 403],
    ["GROUP_NOT_FOUND", 404],
    ["ATLAS_CLUSTER_RESTORE_IN_PROGRESS", 409],
    ["CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT", 409],
  ] as const)("answers %s with %i", (code, status) => {
    expect(describeError(new DomainError(code))).toMatchObject({ status, body: { errorCode: code, error: status } });
  });

  it.each([
    new Error("connection to 10.0.0.1 with password hunter2 failed"),
    new DomainError("NODE_CORRUPT", { message: "hunter2" }),
    new DomainError("INTERNAL", { message: "hunter2" }),
    new DomainError("STORAGE_UNAVAILABLE", { message: "hunter2" }),
    "hunter2",
  ])("says nothing of the cause of a fault that is ours (%#)", (error) => {
    const { status, body } = describeError(error);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(JSON.stringify(body)).not.toContain("hunter2");
  });

  it("gives every code a status, a reason and a sentence without holes", () => {
    for (const code of Object.keys(ERROR_KINDS) as ErrorCode[]) {
      const { status, body } = describeError(new DomainError(code));
      expect(status, code).toBeGreaterThanOrEqual(400);
      expect(body.error, code).toBe(status);
      expect(body.detail, code).toMatch(/\S/);
      expect(body.reason, code).not.toBe("Unknown");
    }
    for (const [code, row] of Object.entries(ATLAS_ERRORS)) {
      const holes = new Set(row.detail.match(/\{\d+\}/g) ?? []);
      if ("params" in row) expect(holes.size, code).toBe(row.params.length);
    }
  });
});
