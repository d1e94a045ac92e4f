/**
 * Which namespaces a backup leaves alone, and why. The server's own databases belong to the living cluster: users,
 * keys, replication state, running operations. What a restore keeps while it works begins with a reserved prefix.
 */
const SYSTEM_DATABASES: ReadonlySet<string> = new Set(["admin", "config", "local"]);

/** Restores build and keep collections under this prefix, beside the ones that they replace. */
export const RESERVED_PREFIX = "__holdfast_";

/** Buckets of a time-series collection, under a name of their own on servers before 9.0. */
export const BUCKETS_PREFIX = "system.buckets.";

/** Server-side functions: the only `system.` collection that holds what people wrote. */
export const SYSTEM_JS = "system.js";

export function isUserDatabase(name: string): boolean {
  return !SYSTEM_DATABASES.has(name);
}

/** False for what servers manage themselves, for historic internals, and for what our own restores left. */
export function isUserCollection(name: string): boolean {
  if (name.startsWith(RESERVED_PREFIX) || name.includes("$")) return false;
  return !name.startsWith("system.") || name === SYSTEM_JS;
}
