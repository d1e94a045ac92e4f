import { createHmac } from "node:crypto";
import { DomainError } from "@/server/platform/errors/domain-error";

export interface RepositoryKeys {
  /** 32 bytes; node ids are made with it. It belongs to the organization and never changes. */
  idKey: Buffer;
  /** 32 bytes; everything stored is encrypted under it. */
  encryptionKey: Buffer;
}

const KEY_BYTES = 32;

/** Throws REPOSITORY_KEY_WRONG for a key of another length. */
export function assertKeys(keys: RepositoryKeys): void {
  if (keys.idKey.length === KEY_BYTES && keys.encryptionKey.length === KEY_BYTES) return;
  throw new DomainError("REPOSITORY_KEY_WRONG", { message: "a repository key is not 32 bytes long" });
}

/** Proves both keys and the bytes of a header at once. */
export function headerMac(keys: RepositoryKeys, header: string): Buffer {
  const inner = createHmac("sha256", keys.idKey).update("holdfast id key").digest();
  return createHmac("sha256", keys.encryptionKey).update("holdfast header\0").update(inner).update(header).digest();
}
