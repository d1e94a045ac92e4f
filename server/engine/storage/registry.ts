import { DomainError } from "@/server/platform/errors/domain-error";
import type { StorageCredentials } from "./credentials";
import { AzureStore } from "./drivers/azure";
import { FilesystemStore } from "./drivers/filesystem";
import { GcsStore } from "./drivers/gcs";
import { S3Store } from "./drivers/s3";
import { parseStorageUrl, type StorageLocation } from "./location";
import type { ObjectStore } from "./storage";
import { RetryingStore } from "./wrappers/retrying";
import { ThrottledStore } from "./wrappers/throttled";

export interface OpenStoreOptions {
  /** None means requests without a name, see StorageCredentials. */
  readonly credentials?: StorageCredentials;
  /** Asked before the first connection to each host; rejects when it must not be reached, with the error to show. */
  readonly allowHost?: (host: string) => Promise<void>;
  /** Content at most, each way for itself, all callers of this store together; the URL may have a limit, too. */
  readonly bytesPerSecondMax?: number;
}

/** Which credentials each kind of storage takes, besides none. */
const CREDENTIALS: Record<StorageLocation["scheme"], readonly StorageCredentials["kind"][]> = {
  file: [],
  s3: ["s3"],
  azblob: ["azure", "azure-sas"],
  gs: ["gcs"],
};

/**
 * The object store that a URL names (location.ts), with retries. Opening connects to nothing and loads no SDK; that
 * happens at the first call. Throws VALIDATION_ERROR for a URL that no driver reads, for credentials of another kind
 * of storage, and for a service account's key that is none.
 */
export function openObjectStore(url: string, options: OpenStoreOptions = {}): ObjectStore {
  const location = parseStorageUrl(url);
  const { credentials = { kind: "none" } } = options;
  if (credentials.kind !== "none" && !CREDENTIALS[location.scheme].includes(credentials.kind)) {
    throw new DomainError("VALIDATION_ERROR", { message: "these credentials are for another kind of storage" });
  }
  const driver = openDriver(location, credentials, options.allowHost);
  const pace = Math.min(options.bytesPerSecondMax ?? Infinity, location.bytesPerSecondMax ?? Infinity);
  return new RetryingStore(pace < Infinity ? new ThrottledStore(driver, pace) : driver);
}

/** The bare driver, without retries: for the contract suite. */
export function openDriver(
  location: StorageLocation,
  credentials: StorageCredentials,
  allowHost?: OpenStoreOptions["allowHost"],
): ObjectStore {
  switch (location.scheme) {
    case "file":
      return new FilesystemStore(location.path);
    case "s3":
      return new S3Store(location, credentials, allowHost);
    case "azblob":
      return new AzureStore(location, credentials, allowHost);
    case "gs":
      return new GcsStore(location, credentials, allowHost);
  }
}
