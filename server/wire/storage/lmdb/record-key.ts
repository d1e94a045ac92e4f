import { createHash } from "node:crypto";

/**
 * Keys of LMDB are limited, keys of values are not. A key that is too long keeps its first bytes and ends in a mark and
 * the SHA-256 of the whole: equality stays exact, order among such keys does not (readers sort them by value).
 */
const HASH_MARK = Buffer.from([0x80]);
const HASH_BYTES = 32;

/** Longest record key that is kept whole. */
export const RECORD_KEY_MAX = 1800;
/** Longest index key that is kept whole; an index entry also holds the record key. */
export const INDEX_KEY_MAX = 900;

export function boundKey(key: Buffer, max: number): Buffer {
  if (key.length <= max) return key;
  return Buffer.concat([key.subarray(0, max), HASH_MARK, createHash("sha256").update(key).digest()]);
}

/** Whether `boundKey` had to shorten the key. */
export function isShortened(key: Buffer, max: number): boolean {
  return key.length === max + 1 + HASH_BYTES;
}

/** The LMDB key: everything of one ident lies together. */
export function prefixed(ident: number, key: Buffer): Buffer {
  const out = Buffer.allocUnsafe(4 + key.length);
  out.writeUInt32BE(ident, 0);
  key.copy(out, 4);
  return out;
}

/** The first key that belongs to a later ident. */
export function afterIdent(ident: number): Buffer {
  const out = Buffer.allocUnsafe(4);
  out.writeUInt32BE(ident + 1, 0);
  return out;
}

/** The record key of a capped collection's n-th document; never begins with 00, see query/index-keys. */
export function recordNumberKey(record: number): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = 1;
  key.writeBigUInt64BE(BigInt(record), 1);
  return key;
}
