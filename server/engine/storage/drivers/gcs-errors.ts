import * as z from "zod/mini";
import type { ErrorCode } from "@/server/platform/errors/codes";
import { DomainError } from "@/server/platform/errors/domain-error";
import { isClockSuspicious, networkReason, refusalError } from "./service-errors";

/** Reasons of the JSON API (cloud.google.com/storage/docs/json_api/v1/status-codes). */
const MEANINGS: Record<string, ErrorCode> = {
  authError: "STORAGE_CREDENTIALS_WRONG",
  invalid_grant: "STORAGE_CREDENTIALS_WRONG",
  invalid_client: "STORAGE_CREDENTIALS_WRONG",
  retentionPolicyNotMet: "STORAGE_OBJECT_LOCKED",
  objectUnderActiveHold: "STORAGE_OBJECT_LOCKED",
  rateLimitExceeded: "STORAGE_UNAVAILABLE",
  userRateLimitExceeded: "STORAGE_UNAVAILABLE",
  conditionNotMet: "STORAGE_OBJECT_EXISTS",
};

const ErrorBody = z.object({
  error: z.object({ errors: z.optional(z.array(z.object({ reason: z.optional(z.string()) }))) }),
});

/** A refusal of the JSON API. A 404 means a missing object to some callers and a missing bucket to others: they say which. */
export function gcsError(status: number, body: unknown, name: string): DomainError {
  const parsed = ErrorBody.safeParse(body);
  const reason = (parsed.success ? parsed.data.error.errors?.[0]?.reason : undefined) ?? `HTTP ${status}`;
  if (status === 404) return refusalError({ status, reason }, name, { [reason]: "STORAGE_BUCKET_NOT_FOUND" });
  if (status === 412) return refusalError({ status, reason }, name, { [reason]: "STORAGE_OBJECT_EXISTS" });
  return refusalError({ status, reason }, name, MEANINGS);
}

/** An error of the network as the engine's; any other error as it is. */
export function gcsNetworkError(error: unknown, name: string): unknown {
  if (error instanceof DomainError) return error;
  const reason = networkReason(error);
  return reason === null ? error : refusalError({ status: null, reason }, name, MEANINGS);
}

/** What went wrong when a token was asked for. */
export function gcsTokenError(error: unknown): DomainError {
  const response = (error as { response?: { status?: unknown; headers?: unknown; data?: { error?: unknown } } })
    .response;
  if (typeof response?.status === "number") {
    const said = response.data?.error;
    const refusal = { status: response.status, reason: typeof said === "string" ? said : `HTTP ${response.status}` };
    // "invalid_grant" is also the answer to a token from the past or the future.
    const { date } = (response.headers ?? {}) as { date?: unknown };
    if (typeof date === "string" && isClockSuspicious(new Date(date))) {
      return refusalError(refusal, "the sign-in", { [refusal.reason]: "STORAGE_CLOCK_SKEW" });
    }
    return refusalError(refusal, "the sign-in", MEANINGS);
  }
  const reason = networkReason(error);
  if (reason !== null) return refusalError({ status: null, reason }, "the sign-in", MEANINGS);
  // What remains is a private key that is none.
  return new DomainError("STORAGE_CREDENTIALS_WRONG", { message: "the private key of the service account is not one" });
}
