import { isDomainError } from "@/server/platform/errors/domain-error";
import type { ObjectStore } from "../../storage";
import { ensureEnvelope, readEnvelope, removeEnvelope, type KeyWrapper, type UnwrappedKeys } from "./key-envelope";
import { unlockKeys } from "./unlock-keys";

const KEEPS_OBJECTS = ["STORAGE_READ_ONLY", "STORAGE_OBJECT_LOCKED", "STORAGE_ACCESS_DENIED"] as const;

/** Whether the envelope of the old key is gone; storage that is written once keeps it. */
export type OldEnvelope = "removed" | "kept";

/**
 * Puts another installation key in place of the one that wraps a repository's keys; no data is written again. The new
 * envelope is stored and read back before the old one is removed, so that one of them opens the repository at any moment.
 * May run again after it was cut. Throws what unlockKeys throws, REPOSITORY_KEY_WRONG when neither key opens it.
 */
export async function rewrapKeys(
  store: ObjectStore,
  from: KeyWrapper,
  to: KeyWrapper,
): Promise<{ repositoryId: string; old: OldEnvelope }> {
  const { header, keys } = await unlockKeys(store, from).catch((error: unknown) => {
    // A run before this one may have come as far as removing the old envelope.
    if (!isDomainError(error, "REPOSITORY_KEY_WRONG")) throw error;
    return unlockKeys(store, to);
  });
  await ensureEnvelope(store, to, { repositoryId: header.repositoryId, keys });
  return { repositoryId: header.repositoryId, old: await dropOldEnvelope(store, from.id, to, header.repositoryId) };
}

/**
 * Removes the envelope of the key `oldId`, after reading the one that stays. Storage that refuses to remove it keeps
 * it. Throws what readEnvelope throws for the one that stays, and STORAGE_UNAVAILABLE.
 */
export async function dropOldEnvelope(
  store: ObjectStore,
  oldId: Buffer,
  to: KeyWrapper,
  repositoryId: UnwrappedKeys["repositoryId"],
): Promise<OldEnvelope> {
  if (oldId.equals(to.id)) return "kept";
  const stays = await readEnvelope(store, to);
  if (stays.repositoryId !== repositoryId) throw new Error(`the envelope of repository ${repositoryId} is another's`);
  try {
    await removeEnvelope(store, oldId);
    return "removed";
  } catch (error) {
    // Read-only, locked or without the permission to delete: written once, as it should be. It opens nothing else.
    const isKept = KEEPS_OBJECTS.some((code) => isDomainError(error, code));
    if (isKept) return "kept";
    throw error;
  }
}
