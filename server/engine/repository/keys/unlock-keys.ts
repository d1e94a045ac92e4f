import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { readObject, type ObjectStore } from "../../storage";
import {
  decodeHeader,
  HEADER_NAME,
  HEADER_RANGE,
  isOfLaterVersion,
  statedRepositoryId,
  type RepositoryHeader,
} from "./header";
import { ENVELOPE_PREFIX, foreignEnvelope, readEnvelope, type KeyWrapper } from "./key-envelope";
import type { RepositoryKeys } from "./keys";

/** The header's bytes. Throws REPOSITORY_NOT_FOUND, STORAGE_UNAVAILABLE. */
export async function readHeaderObject(store: ObjectStore): Promise<Buffer> {
  return readObject(store, HEADER_NAME, HEADER_RANGE).catch((cause: unknown) => {
    if (!isDomainError(cause, "STORAGE_OBJECT_NOT_FOUND")) throw cause;
    throw new DomainError("REPOSITORY_NOT_FOUND", { message: "the storage holds no repository", cause });
  });
}

/**
 * The keys of the repository in a store, from its envelope for this wrapper, and its header, which proves them. Throws
 * REPOSITORY_NOT_FOUND, REPOSITORY_HEADER_LOST, REPOSITORY_FORMAT_UNKNOWN, REPOSITORY_KEY_WRONG, KEY_ENVELOPE_CORRUPT,
 * STORAGE_UNAVAILABLE.
 */
export async function unlockKeys(
  store: ObjectStore,
  wrapper: KeyWrapper,
): Promise<{ header: RepositoryHeader; keys: RepositoryKeys }> {
  const bytes = await readSoundHeader(store);
  const { repositoryId, keys } = await readEnvelope(store, wrapper);
  if (repositoryId !== statedRepositoryId(bytes)) {
    throw foreignEnvelope(repositoryId);
  }
  return { header: decodeHeader(bytes, keys), keys };
}

/** The header's bytes where they can be read at all; where there are keys, a repository without one has lost it. */
async function readSoundHeader(store: ObjectStore): Promise<Buffer> {
  try {
    const bytes = await readHeaderObject(store);
    if (!isOfLaterVersion(bytes)) statedRepositoryId(bytes);
    return bytes;
  } catch (error) {
    if (!isDomainError(error, "REPOSITORY_NOT_FOUND") && !isDomainError(error, "REPOSITORY_FORMAT_UNKNOWN"))
      throw error;
    for await (const _ of store.list(ENVELOPE_PREFIX)) throw headerLost(error);
    throw error;
  }
}

function headerLost(cause: unknown): DomainError {
  const message = "the repository's header is lost or damaged; `holdfast repository mend` writes it again";
  return new DomainError("REPOSITORY_HEADER_LOST", { message, cause });
}
