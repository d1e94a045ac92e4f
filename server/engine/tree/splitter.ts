/**
 * Where nodes end. Whether a node ends after an entry depends on a hash of the entry's key, its size and the bytes
 * since the node began, and on nothing else. The chance of an end grows with the cube of that distance, which keeps sizes close
 * to the target (a Weibull distribution of shape 4). Only + - * / are used, whose results IEEE 754 fixes exactly, so
 * every machine cuts alike. Changing anything here changes roots: it would be a new node format.
 */
const MAX_FACTOR = 4;
const HASH_RANGE = 0x1_0000_0000;

/** FNV-1a over the bytes, then the finishing mix of MurmurHash3. A seed for each level keeps their cuts independent. */
export function hashKey(bytes: Buffer, level: number): number {
  let hash = (0x811c9dc5 ^ Math.imul(level, 0x9e3779b1)) | 0;
  for (let i = 0; i < bytes.length; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Whether a node ends after the entry that reaches from `before` to `after` (bytes since the node began). */
function ends(hash: number, before: number, after: number, targetBytes: number): boolean {
  if (after >= targetBytes * MAX_FACTOR) return true;
  const a = before / targetBytes;
  const b = after / targetBytes;
  return hash / HASH_RANGE < b * b * b * b - a * a * a * a;
}

/** An entry this large has a leaf of its own: the leaf before it ends, and so does the one that holds it. */
export function isHuge(entryBytes: number, targetBytes: number): boolean {
  return entryBytes >= targetBytes;
}

/** Whether a leaf ends after this entry by itself (the end of the data and a huge next entry end it too). */
export function endsLeaf(key: Buffer, before: number, entryBytes: number, targetBytes: number): boolean {
  return isHuge(entryBytes, targetBytes) || ends(hashKey(key, 0), before, before + entryBytes, targetBytes);
}

/** The same for an inner node; it has two children at least, so that each level is smaller than the one below. */
export function endsInner(
  bound: Buffer,
  level: number,
  childCount: number,
  before: number,
  entryBytes: number,
  targetBytes: number,
): boolean {
  return childCount >= 2 && ends(hashKey(bound, level), before, before + entryBytes, targetBytes);
}
