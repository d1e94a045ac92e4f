import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openObjectStore, parseStorageUrl, type ObjectStore, type StorageLocation } from "@/server/engine/storage";
import { seal, unseal } from "@/server/platform/crypto";
import type { StorageTargetModel } from "@/server/platform/db";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { assertFolderAllowed, assertHostAllowed } from "./allowed-places";
import { builtInFolder } from "./built-in-target";
import { TargetCredentials, type StorageKind } from "./schema";

export const CREDENTIALS_PURPOSE = "storage.credentials";

type Opening = Pick<StorageTargetModel, "kind" | "credentialsSealed">;

export const KIND_OF_SCHEME = {
  s3: "S3",
  azblob: "AZURE",
  gs: "GCS",
  file: "FOLDER",
} as const satisfies Record<StorageLocation["scheme"], StorageKind>;

const CREDENTIALS_OF_KIND: Record<StorageKind, ReadonlyArray<TargetCredentials["kind"]>> = {
  INSTALLATION: ["none"],
  FOLDER: ["none"],
  S3: ["s3"],
  AZURE: ["azure", "azure-sas"],
  GCS: ["gcs"],
};

/** Reads a location that a person typed. Throws INVALID_ATTRIBUTE with words. */
export function readLocation(location: string): StorageLocation {
  try {
    return parseStorageUrl(location);
  } catch (error) {
    if (!isDomainError(error, "VALIDATION_ERROR")) throw error;
    const detail = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
    throw new DomainError("INVALID_ATTRIBUTE", { params: { attribute: "location", detail }, cause: error });
  }
}

/** Throws INVALID_ATTRIBUTE for credentials that this kind of storage does not take. */
export function assertCredentialsFit(kind: StorageKind, credentials: TargetCredentials): void {
  if (CREDENTIALS_OF_KIND[kind].includes(credentials.kind)) return;
  const detail = "These credentials belong to another kind of storage.";
  throw new DomainError("INVALID_ATTRIBUTE", { params: { attribute: "credentials", detail } });
}

export function sealCredentials(credentials: TargetCredentials): Buffer<ArrayBuffer> | null {
  return credentials.kind === "none" ? null : seal(JSON.stringify(credentials), CREDENTIALS_PURPOSE);
}

function unsealCredentials(target: Opening): TargetCredentials {
  if (!target.credentialsSealed) return { kind: "none" };
  return TargetCredentials.parse(JSON.parse(unseal(target.credentialsSealed, CREDENTIALS_PURPOSE).toString("utf8")));
}

/** The target's own location: below it each repository has a folder. */
export function locationOf(target: Pick<StorageTargetModel, "kind" | "location">): string {
  return target.location ?? pathToFileURL(builtInFolder()).href;
}

/** Where a repository of the target lies: its location and a folder with the repository's id. */
export function repositoryLocation(
  target: Pick<StorageTargetModel, "kind" | "location">,
  repositoryId: string,
): string {
  if (target.kind === "INSTALLATION") return pathToFileURL(join(builtInFolder(), repositoryId)).href;
  const url = new URL(locationOf(target));
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${repositoryId}`;
  return url.href;
}

/**
 * The object store at a location of the target (its own, or a repository's), with the target's credentials. Throws
 * STORAGE_LOCATION_REFUSED for a folder that the operator does not allow (any more); hosts are asked about when they
 * are connected to.
 */
export async function openTargetStore(target: Opening, location: string): Promise<ObjectStore> {
  return openPlace(target.kind, location, unsealCredentials(target));
}

/** The same for a target that is not saved yet. */
export async function openPlace(
  kind: StorageKind,
  location: string,
  credentials: TargetCredentials,
): Promise<ObjectStore> {
  const place = readLocation(location);
  if (kind !== "INSTALLATION" && place.scheme === "file") await assertFolderAllowed(place.path);
  return openObjectStore(location, { credentials, allowHost: assertHostAllowed });
}
