import { createHash } from "node:crypto";

/**
 * The last key below a child, as inner nodes keep it. A long key (an `_id` may have megabytes) is kept as its first
 * PREFIX_BYTES and the SHA-256 of the whole; the key itself is in the leaf. So inner entries are small, whatever the keys.
 */
export interface Bound {
  /** The key, or prefix and digest. */
  readonly bytes: Buffer;
  /** True when `bytes` is the whole key. */
  readonly exact: boolean;
}

export const PREFIX_BYTES = 256;
const DIGEST_BYTES = 32;
export const LONG_BOUND_BYTES = PREFIX_BYTES + DIGEST_BYTES;

function digest(key: Buffer): Buffer {
  return createHash("sha256").update(key).digest();
}

export function boundOf(key: Buffer): Bound {
  if (key.length <= PREFIX_BYTES) return { bytes: key, exact: true };
  return { bytes: Buffer.concat([key.subarray(0, PREFIX_BYTES), digest(key)]), exact: false };
}

/**
 * Negative, 0, positive as `key` lies before, at or after the bound's key; null when both are long, begin alike and
 * differ later: then only the leaf can tell.
 */
export function compareToBound(key: Buffer, bound: Bound): number | null {
  if (bound.exact) return Buffer.compare(key, bound.bytes);
  const start = key.length > PREFIX_BYTES ? key.subarray(0, PREFIX_BYTES) : key;
  const order = Buffer.compare(start, bound.bytes.subarray(0, PREFIX_BYTES));
  if (order !== 0) return order;
  if (key.length <= PREFIX_BYTES) return -1;
  return digest(key).equals(bound.bytes.subarray(PREFIX_BYTES)) ? 0 : null;
}
