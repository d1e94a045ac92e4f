import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import type { ObjectStore } from "../../storage";
import { DEFAULT_TREE_SHAPE } from "../../tree";
import { decodeHeader, encodeHeader, HEADER_NAME, isOfLaterVersion, statedRepositoryId } from "./header";
import { foreignEnvelope, readEnvelope, type KeyWrapper } from "./key-envelope";
import type { RepositoryKeys } from "./keys";
import { readHeaderObject } from "./unlock-keys";

/**
 * Writes a header again that is lost or damaged, from what the envelope for this wrapper holds. Answers what it found;
 * a header that is whole is left alone. Throws what readEnvelope throws, REPOSITORY_FORMAT_UNKNOWN for a header of a later
 * version, KEY_ENVELOPE_CORRUPT for the envelope of another repository than the header's, and what the storage throws.
 */
export async function mendHeader(
  store: ObjectStore,
  wrapper: KeyWrapper,
): Promise<{ repositoryId: string; found: "whole" | "lost" | "damaged" }> {
  const { repositoryId, keys, shape = DEFAULT_TREE_SHAPE } = await readEnvelope(store, wrapper);
  const found = await judgeHeader(store, repositoryId, keys);
  if (found !== "whole") {
    const header = encodeHeader({ repositoryId, shape }, keys);
    await store.put(HEADER_NAME, header, { ifNoneMatch: found === "lost" });
  }
  return { repositoryId, found };
}

async function judgeHeader(
  store: ObjectStore,
  repositoryId: string,
  keys: RepositoryKeys,
): Promise<"whole" | "lost" | "damaged"> {
  const bytes = await readHeaderObject(store).catch((error: unknown) => {
    if (isDomainError(error, "REPOSITORY_NOT_FOUND")) return null;
    throw error;
  });
  if (bytes === null) return "lost";
  if (isOfLaterVersion(bytes)) {
    throw new DomainError("REPOSITORY_FORMAT_UNKNOWN", { message: "the header was written by a later version" });
  }
  try {
    if (statedRepositoryId(bytes) !== repositoryId) throw foreignEnvelope(repositoryId);
    decodeHeader(bytes, keys);
    return "whole";
  } catch (error) {
    const isDamage = isDomainError(error, "REPOSITORY_FORMAT_UNKNOWN") || isDomainError(error, "REPOSITORY_KEY_WRONG");
    if (!isDamage) throw error;
    return "damaged";
  }
}
