import { randomBytes } from "node:crypto";
import { decodeDocument, type Document } from "../protocol/decode";
import { encodeDocument } from "../protocol/encode";
import { WHOLE_RANGE } from "../storage/read-view";
import type { ClusterStore } from "../storage/cluster-store";
import { createCollectionOp } from "../storage/catalog-changes";
import { idRecordKey } from "../storage/record-writer";
import type { WriteOp } from "../storage/write-op";

/** Documents that the server itself keeps: users, roles, its own settings. They are ordinary documents in the oplog. */

export function readSystemDocuments(store: ClusterStore, namespace: string): Document[] {
  const view = store.latest();
  const entry = view.collection(namespace);
  if (!entry) return [];
  return [...view.records(entry, WHOLE_RANGE, false)].map(({ doc }) => decodeDocument(doc));
}

export function readSystemDocument(store: ClusterStore, namespace: string, id: unknown): Document | null {
  const view = store.latest();
  const entry = view.collection(namespace);
  const doc = entry && view.get(entry, idRecordKey(encodeDocument({ _id: id })));
  return doc ? decodeDocument(doc) : null;
}

/** Writes a whole document under its _id, creating the collection when it is the first. */
export function putSystemDocument(store: ClusterStore, namespace: string, document: Document): void {
  if (!store.collection(namespace)) {
    store.commit([createCollectionOp(store, { namespace, uuid: newUuid() })], { onError: "abort" });
  }
  const entry = store.collection(namespace)!;
  const doc = encodeDocument(document);
  const recordKey = idRecordKey(doc);
  const before = store.latest().get(entry, recordKey);
  const op: WriteOp = before
    ? { kind: "update", entry, recordKey, before, after: doc, o: doc }
    : { kind: "insert", entry, doc };
  store.commit([op], { onError: "abort" });
}

/** True when there was one. */
export function removeSystemDocument(store: ClusterStore, namespace: string, id: unknown): boolean {
  const view = store.latest();
  const entry = view.collection(namespace);
  if (!entry) return false;
  const recordKey = idRecordKey(encodeDocument({ _id: id }));
  const before = view.get(entry, recordKey);
  if (!before) return false;
  store.commit([{ kind: "delete", entry, recordKey, before }], { onError: "abort" });
  return true;
}

/** A random UUID (version 4). */
export function newUuid(): Buffer {
  const uuid = randomBytes(16);
  uuid[6] = (uuid[6]! & 0x0f) | 0x40;
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return uuid;
}
