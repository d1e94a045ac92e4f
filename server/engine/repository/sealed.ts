import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import type { Zstd } from "./zstd";

/**
 * How everything but the header is stored: compressed where that helps, encrypted, authenticated. The bytes:
 * format version (1), codec (1), nonce (12), ciphertext, tag (16). The additional data names what it is and where it
 * belongs, so that no stored thing can take another's place. Nothing here imports other floors: worker threads load it.
 */
export const SEALED_FORMAT_VERSION = 1;
/** Ids are stored with what they coded; one once written stays readable. */
const CODEC = { none: 0, zstd: 1 } as const;
/** On real collections within 1 % of level 3 at 1.5 times its speed. */
const ZSTD_LEVEL = 1;
const HEAD_BYTES = 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What sealing adds to content that does not compress. */
export const SEAL_OVERHEAD_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;

/** What is sealed, and its identity: repository id, node id, pack id… */
export interface SealContext {
  readonly kind: "node" | "pack" | "manifest";
  readonly identity: Uint8Array;
}

/** Damage, a wrong key, or bytes that belong elsewhere: what is wrong in words. */
export class UnsealError extends Error {}

function additionalData(context: SealContext, version: number, codec: number): Buffer {
  return Buffer.concat([Buffer.from(`holdfast ${context.kind}\0`), Buffer.from([version, codec]), context.identity]);
}

/** Seals content under a nonce drawn at random. The result has memory of its own. */
export function seal(zstd: Zstd, key: Uint8Array, context: SealContext, content: Uint8Array): Buffer {
  const frame = zstd.compress(content, ZSTD_LEVEL);
  const codec = frame.length < content.length ? CODEC.zstd : CODEC.none;
  const payload = codec === CODEC.zstd ? frame : content;
  const sealed = Buffer.allocUnsafeSlow(SEAL_OVERHEAD_BYTES + payload.length);
  sealed[0] = SEALED_FORMAT_VERSION;
  sealed[1] = codec;
  const nonce = randomBytes(NONCE_BYTES);
  sealed.set(nonce, HEAD_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(additionalData(context, SEALED_FORMAT_VERSION, codec));
  sealed.set(cipher.update(payload), HEAD_BYTES + NONCE_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
  return sealed;
}

/** Opens what seal() made. `contentBytes` is how long the content is. Throws UnsealError. */
export function unseal(
  zstd: Zstd,
  key: Uint8Array,
  context: SealContext,
  sealed: Uint8Array,
  contentBytes: number,
): Uint8Array {
  if (sealed.length < SEAL_OVERHEAD_BYTES) throw new UnsealError("it is cut short");
  const [version, codec] = sealed as unknown as [number, number];
  if (version !== SEALED_FORMAT_VERSION) throw new UnsealError(`its format version ${version} is unknown`);
  if (codec !== CODEC.none && codec !== CODEC.zstd) throw new UnsealError(`its codec ${codec} is unknown`);
  const payload = decrypt(key, additionalData(context, version, codec), sealed);
  if (codec === CODEC.none) {
    if (payload.length !== contentBytes) throw new UnsealError("its length is not what the index says");
    return payload;
  }
  try {
    return zstd.decompress(payload, contentBytes);
  } catch (cause) {
    throw new UnsealError("it does not decompress to the length that the index says", { cause });
  }
}

function decrypt(key: Uint8Array, aad: Buffer, sealed: Uint8Array): Buffer {
  const body = HEAD_BYTES + NONCE_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(HEAD_BYTES, body));
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const payload = decipher.update(sealed.subarray(body, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch (cause) {
    throw new UnsealError("it fails authentication: damaged, of another place, or under another key", { cause });
  }
  return payload;
}

/** A node's id: HMAC-SHA-256 of its content under the organization's id key, so that ids tell outsiders nothing. */
export function nodeIdOf(idKey: Uint8Array, content: Uint8Array): Buffer {
  return createHmac("sha256", idKey).update(content).digest();
}
