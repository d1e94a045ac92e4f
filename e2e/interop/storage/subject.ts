import type { StorageCredentials } from "@/server/engine/storage";
import type { ServerLimits } from "@/server/engine/storage/storage-suite";

/** A server to hold to the contract, and how it is reached. */
export interface Subject {
  readonly name: string;
  readonly scheme: "s3" | "azblob" | "gs";
  /** With the container for Azure. */
  readonly bucket: string;
  /** A bucket made with Object Lock. */
  readonly lockedBucket?: string;
  readonly query: string;
  readonly credentials: StorageCredentials;
  readonly limits: ServerLimits;
  readonly wrong?: { bucket: string; secret?: StorageCredentials; user?: StorageCredentials };
  readonly secrets: readonly string[];
}

export const SUBJECT_VARIABLE = "HOLDFAST_INTEROP_STORAGE";

export function readSubject(): Subject {
  const json = process.env[SUBJECT_VARIABLE];
  if (!json) throw new Error(`${SUBJECT_VARIABLE} is not set: start this by npm run test:interop`);
  return JSON.parse(json) as Subject;
}
