import type { ErrorCode } from "@/server/platform/errors/codes";
import { DomainError } from "@/server/platform/errors/domain-error";
import { lockUnsupported, objectExists, objectNotFound } from "../storage";
import { networkReason, refusalError } from "./service-errors";

/**
 * Error codes of S3 (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html) and of servers that speak it. Those
 * that are not here go by their status.
 */
const MEANINGS: Record<string, ErrorCode> = {
  NoSuchBucket: "STORAGE_BUCKET_NOT_FOUND",
  InvalidBucketName: "STORAGE_BUCKET_NOT_FOUND",
  InvalidAccessKeyId: "STORAGE_CREDENTIALS_WRONG",
  SignatureDoesNotMatch: "STORAGE_CREDENTIALS_WRONG",
  InvalidToken: "STORAGE_CREDENTIALS_WRONG",
  ExpiredToken: "STORAGE_CREDENTIALS_WRONG",
  XAdminUserNotFound: "STORAGE_CREDENTIALS_WRONG",
  TokenRefreshRequired: "STORAGE_CREDENTIALS_WRONG",
  AccountProblem: "STORAGE_ACCESS_DENIED",
  AllAccessDisabled: "STORAGE_ACCESS_DENIED",
  RequestTimeTooSkewed: "STORAGE_CLOCK_SKEW",
  RequestTimeout: "STORAGE_UNAVAILABLE",
  SlowDown: "STORAGE_UNAVAILABLE",
  // Another writer of the same name was faster, or is not done: to be tried again, says the API.
  ConditionalRequestConflict: "STORAGE_UNAVAILABLE",
  OperationAborted: "STORAGE_UNAVAILABLE",
  NoSuchUpload: "STORAGE_UNAVAILABLE",
  QuotaExceeded: "STORAGE_FULL",
  XMinioStorageFull: "STORAGE_FULL",
  XMinioAdminBucketQuotaExceeded: "STORAGE_FULL",
  ObjectLocked: "STORAGE_OBJECT_LOCKED",
  ObjectLockConfigurationNotFoundError: "STORAGE_LOCK_UNSUPPORTED",
  InvalidBucketObjectLockConfiguration: "STORAGE_LOCK_UNSUPPORTED",
};

interface ServiceError {
  readonly name: string;
  readonly $metadata: { readonly httpStatusCode?: number };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "$metadata" in error && typeof error.$metadata === "object";
}

/** The code and status of an error of the SDK, or null when it is none. Answers to HEAD have no code but a status. */
export function s3Refusal(error: unknown): { status: number | null; reason: string } | null {
  if (error instanceof DomainError) return null;
  const network = networkReason(error);
  const status = isServiceError(error) ? (error.$metadata.httpStatusCode ?? null) : null;
  if (status === null) return network === null ? null : { status, reason: network };
  return { status, reason: (error as ServiceError).name };
}

/**
 * An error of the SDK as the engine's; any other error as it is. With `locking` the request asked for a lock: then
 * "InvalidRequest" means that the bucket cannot (it says the same of many things, but of no other that we could do).
 */
export function s3Error(error: unknown, name: string, locking = false): unknown {
  const refusal = s3Refusal(error);
  if (!refusal) return error;
  if (locking && refusal.reason === "InvalidRequest") return lockUnsupported("this bucket's");
  if (refusal.reason === "NoSuchKey") return objectNotFound(name);
  if (refusal.status === 412) return objectExists(name);
  return refusalError(refusal, name, MEANINGS);
}
