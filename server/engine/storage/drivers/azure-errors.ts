import type { ErrorCode } from "@/server/platform/errors/codes";
import { DomainError } from "@/server/platform/errors/domain-error";
import { objectExists, objectNotFound } from "../storage";
import { isClockSuspicious, networkReason, refusalError, type Refusal } from "./service-errors";

/** Error codes of Azure Blob Storage (learn.microsoft.com/rest/api/storageservices/blob-service-error-codes). */
const MEANINGS: Record<string, ErrorCode> = {
  ContainerNotFound: "STORAGE_BUCKET_NOT_FOUND",
  ContainerDisabled: "STORAGE_BUCKET_NOT_FOUND",
  ContainerBeingDeleted: "STORAGE_BUCKET_NOT_FOUND",
  ResourceNotFound: "STORAGE_BUCKET_NOT_FOUND",
  AuthenticationFailed: "STORAGE_CREDENTIALS_WRONG",
  InvalidAuthenticationInfo: "STORAGE_CREDENTIALS_WRONG",
  NoAuthenticationInformation: "STORAGE_CREDENTIALS_WRONG",
  AccountIsDisabled: "STORAGE_ACCESS_DENIED",
  PublicAccessNotPermitted: "STORAGE_ACCESS_DENIED",
  BlobImmutableDueToPolicy: "STORAGE_OBJECT_LOCKED",
  BlobImmutableDueToLegalHold: "STORAGE_OBJECT_LOCKED",
  ImmutabilityPolicyDeleteOnLockedPolicy: "STORAGE_OBJECT_LOCKED",
  // Another writer of the same name committed meanwhile, which throws our blocks away: the put starts anew.
  InvalidBlockList: "STORAGE_UNAVAILABLE",
  InvalidBlobOrBlock: "STORAGE_UNAVAILABLE",
};

/** Answers to a condition that was not met. */
const EXISTS = ["BlobAlreadyExists", "ConditionNotMet", "UnauthorizedBlobOverwrite"];

/** The code and status of an error of the SDK, or null when it is none. */
export function azureRefusal(error: unknown): Refusal | null {
  if (error instanceof DomainError || !(error instanceof Error)) return null;
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode === "number") return { status: statusCode, reason: azureCode(error) ?? `HTTP ${statusCode}` };
  const reason = networkReason(error);
  if (reason !== null) return { status: null, reason };
  return error.name === "RestError" ? { status: null, reason: typeof code === "string" ? code : "RestError" } : null;
}

/** The service's code; answers to HEAD have it in a header alone. */
function azureCode(error: Error): string | null {
  const { code, details, response } = error as {
    code?: unknown;
    details?: { errorCode?: unknown };
    response?: { headers?: { get(name: string): string | undefined } };
  };
  const header = response?.headers?.get("x-ms-error-code");
  return [header, code, details?.errorCode].find((value) => typeof value === "string" && value !== "") as string | null;
}

/** An error of the SDK as the engine's; any other error as it is. */
export function azureError(error: unknown, name: string, serverTime: Date | null): unknown {
  const refusal = azureRefusal(error);
  if (!refusal) return error;
  if (refusal.reason === "BlobNotFound") return objectNotFound(name);
  if (EXISTS.includes(refusal.reason)) return objectExists(name);
  // A signature that is too old or too new is refused in the words of a wrong one.
  if (refusal.reason === "AuthenticationFailed" && isClockSuspicious(serverTime)) {
    return refusalError(refusal, name, { AuthenticationFailed: "STORAGE_CLOCK_SKEW" });
  }
  return refusalError(refusal, name, MEANINGS);
}
