import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { readObject, type ObjectStore } from "../storage";
import { decodeHeader, HEADER_NAME, statedRepositoryId, type RepositoryHeader } from "./header";
import { readEnvelope, type KeyWrapper } from "./key-envelope";
import type { RepositoryKeys } from "./keys";

/** The header's bytes. Throws REPOSITORY_NOT_FOUND, STORAGE_UNAVAILABLE. */
export async function readHeaderObject(store: ObjectStore): Promise<Buffer> {
  return readObject(store, HEADER_NAME).catch((cause: unknown) => {
    if (!isDomainError(cause, "STORAGE_OBJECT_NOT_FOUND")) throw cause;
    throw new DomainError("REPOSITORY_NOT_FOUND", { message: "the storage holds no repository", cause });
  });
}

/**
 * The keys of the repository in a store, from its envelope for this wrapper, and its header, which proves them. Throws
 * REPOSITORY_NOT_FOUND, REPOSITORY_FORMAT_UNKNOWN, REPOSITORY_KEY_WRONG, KEY_ENVELOPE_CORRUPT, STORAGE_UNAVAILABLE.
 */
export async function unlockKeys(
  store: ObjectStore,
  wrapper: KeyWrapper,
): Promise<{ header: RepositoryHeader; keys: RepositoryKeys }> {
  const bytes = await readHeaderObject(store);
  const { repositoryId, keys } = await readEnvelope(store, wrapper);
  if (repositoryId !== statedRepositoryId(bytes)) {
    const message = `the key envelope: it belongs to repository ${repositoryId}, not to this one`;
    throw new DomainError("KEY_ENVELOPE_CORRUPT", { message, params: { repositoryId } });
  }
  return { header: decodeHeader(bytes, keys), keys };
}
