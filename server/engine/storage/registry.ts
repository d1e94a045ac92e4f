import { DomainError } from "@/server/platform/errors/domain-error";
import type { StorageCredentials } from "./credentials";
import { FilesystemStore } from "./drivers/filesystem";
import { parseStorageUrl, type StorageLocation } from "./location";
import type { ObjectStore } from "./storage";
import { RetryingStore } from "./wrappers/retrying";

export interface OpenStoreOptions {
  /** None means requests without a name, see StorageCredentials. */
  readonly credentials?: StorageCredentials;
  /** Asked before the first connection to each host; rejects when it must not be reached, with the error to show. */
  readonly allowHost?: (host: string) => Promise<void>;
  /** Content at most, each way for itself, all callers of this store together. No limit when absent. */
  readonly bytesPerSecondMax?: number;
}

/**
 * The object store that a URL names (location.ts), with retries. Opening connects to nothing and loads no SDK; that
 * happens at the first call. Throws VALIDATION_ERROR for a URL that no driver reads, and for credentials of another
 * kind of storage.
 */
export function openObjectStore(url: string, options: OpenStoreOptions = {}): ObjectStore {
  const location = parseStorageUrl(url);
  return new RetryingStore(openDriver(location, options));
}

function openDriver(location: StorageLocation, _options: OpenStoreOptions): ObjectStore {
  switch (location.scheme) {
    case "file":
      return new FilesystemStore(location.path);
    default:
      throw new DomainError("NOT_IMPLEMENTED", { message: "this driver is not there yet" });
  }
}
