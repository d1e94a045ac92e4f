import { commandError } from "../command-error";
import { EMPTY_DOCUMENT, createCollectionOp } from "../storage/catalog-changes";
import type { CollectionEntry } from "../storage/catalog-entry";
import type { CommandContext } from "../runtime/context";
import { newUuid } from "../runtime/system-documents";
import { isOplog } from "./oplog-source";

const NAMESPACE_BYTES_MAX = 255;

/** Refuses names that no collection may have (73). */
export function assertCollectionName(db: string, name: string): void {
  const namespace = `${db}.${name}`;
  const bad = name === "" || name.startsWith(".") || name.endsWith(".") || name.includes("\0") || name.includes("$");
  if (bad && name !== "oplog.$main") throw commandError(73, `Invalid collection name: ${name}`);
  if (Buffer.byteLength(namespace) > NAMESPACE_BYTES_MAX) {
    throw commandError(
      73,
      `Fully qualified namespace is too long. Namespace: ${namespace} Max: ${NAMESPACE_BYTES_MAX}`,
    );
  }
}

const WRITABLE_SYSTEM = new Set([
  "system.js",
  "system.users",
  "system.roles",
  "system.version",
  "system.views",
  "system.profile",
  "system.buckets",
]);

/** A collection that a user may write documents to; not a view, not the oplog. */
export function assertWriteTarget(ctx: CommandContext, namespace: string): void {
  const dot = namespace.indexOf(".");
  const db = namespace.slice(0, dot);
  const name = namespace.slice(dot + 1);
  assertCollectionName(db, name);
  if (isOplog(namespace)) throw commandError(73, `cannot write to '${namespace}'`);
  if (name.startsWith("system.") && !WRITABLE_SYSTEM.has(name) && db !== "config" && db !== "local") {
    throw commandError(73, `cannot write to '${namespace}'`);
  }
  if (ctx.server.views.find(namespace)) {
    throw commandError(166, `Namespace ${namespace} is a view, not a collection`);
  }
  ctx.assertWritable(db);
}

/** The collection, made on the spot when it does not exist, as the first write to a name does. */
export function ensureCollection(ctx: CommandContext, namespace: string): CollectionEntry {
  const { store } = ctx.server;
  const known = store.collection(namespace);
  if (known) return known;
  store.commit([createCollectionOp(store, { namespace, uuid: newUuid(), options: EMPTY_DOCUMENT })], {
    onError: "abort",
  });
  return store.collection(namespace)!;
}
