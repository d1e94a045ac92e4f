import type { ErrorCode } from "@/server/platform/errors/codes";
import { DomainError } from "@/server/platform/errors/domain-error";

/** What each error of the operating system means for storage; the rest is STORAGE_UNAVAILABLE. */
const MEANINGS: Record<string, ErrorCode> = {
  ENOSPC: "STORAGE_FULL",
  EDQUOT: "STORAGE_FULL",
  EFBIG: "STORAGE_FULL",
  EROFS: "STORAGE_READ_ONLY",
};

/** The operating system's code of an error ("ENOENT"), or null where it has none. */
export function errorCode(error: unknown): string | null {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" ? code : null;
}

/**
 * An error of the file system as the engine's. A DomainError, and an error without a code of the operating system (it
 * came out of the content being written), goes through as it is.
 */
export function storageError(error: unknown, name: string): unknown {
  const code = errorCode(error);
  if (error instanceof DomainError || code === null || !/^E[A-Z0-9]+$/.test(code)) return error;
  const message = `${code} on ${name}`;
  return new DomainError(MEANINGS[code] ?? "STORAGE_UNAVAILABLE", {
    message,
    params: { name, reason: code },
    cause: error,
  });
}
