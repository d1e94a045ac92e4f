import { elements } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { encodeDocument, RawValue } from "../protocol/encode";
import { indexFromSpec, makeEntry, splitNamespace, type CollectionEntry, type IndexEntry } from "./catalog-entry";
import type { ClusterStore } from "./cluster-store";
import type { CatalogOp } from "./write-op";

export const EMPTY_DOCUMENT = Buffer.from([5, 0, 0, 0, 0]);
export const ID_INDEX_SPEC = encodeDocument({ v: 2, key: { _id: 1 }, name: "_id_" });

/** Makes a collection. `options` are those of listCollections, `idIndex` its specification. */
export function createCollectionOp(
  store: ClusterStore,
  o: { namespace: string; uuid: Buffer; options?: Buffer; idIndex?: Buffer },
): CatalogOp {
  const { db, name } = splitNamespace(o.namespace);
  const options = o.options ?? EMPTY_DOCUMENT;
  const idIndex = o.idIndex ?? ID_INDEX_SPEC;
  let entry: CollectionEntry;
  return {
    kind: "catalog",
    db,
    uuid: o.uuid,
    o: encodeDocument(
      new Map<string, unknown>([["create", name], ...rawFields(options), ["idIndex", RawValue.document(idIndex)]]),
    ),
    apply: () => {
      entry = makeEntry({ ...o, options, ident: store.takeIdent(), indexes: [] });
      entry.indexes.push(indexFromSpec(idIndex, entry.capped ? store.takeIdent() : 0));
      store.putEntry(entry);
    },
    published: () => store.publish(entry),
  };
}

function* rawFields(doc: Buffer): Generator<[string, RawValue]> {
  for (const element of elements(doc)) {
    yield [element.name, new RawValue(element.type, doc.subarray(element.start, element.end))];
  }
}

function dropStorage(store: ClusterStore, entry: CollectionEntry): void {
  store.removeEntry(entry.namespace);
  store.dropIdent("documents", entry.ident);
  for (const index of entry.indexes) if (index.ident !== 0) store.dropIdent("indexes", index.ident);
}

export function dropCollectionOp(store: ClusterStore, entry: CollectionEntry): CatalogOp {
  return {
    kind: "catalog",
    db: entry.db,
    uuid: entry.uuid,
    o: encodeDocument({ drop: entry.name }),
    o2: encodeDocument({ numRecords: entry.count }),
    apply: () => dropStorage(store, entry),
    published: () => {
      store.unpublish(entry.namespace);
      store.reclaim();
    },
  };
}

/** The entry behind the drops of its collections. */
export function dropDatabaseOp(db: string): CatalogOp {
  return {
    kind: "catalog",
    db,
    uuid: null,
    o: encodeDocument({ dropDatabase: 1 }),
    apply: () => undefined,
    published: () => undefined,
  };
}

/** Gives a collection another name; what has that name already goes away in the same moment. */
export function renameCollectionOp(
  store: ClusterStore,
  o: { entry: CollectionEntry; to: string; target?: CollectionEntry },
): CatalogOp {
  const { entry, target } = o;
  const from = entry.namespace;
  const renamed: CollectionEntry = { ...entry, namespace: o.to, ...splitNamespace(o.to) };
  const dropTarget = target && new RawValue(0x05, Buffer.concat([Buffer.from([16, 0, 0, 0, 4]), target.uuid]));
  return {
    kind: "catalog",
    db: entry.db,
    uuid: entry.uuid,
    o: encodeDocument({ renameCollection: from, to: o.to, stayTemp: false, ...(dropTarget && { dropTarget }) }),
    ...(target && { o2: encodeDocument({ numRecords: target.count }) }),
    apply: () => {
      if (target) dropStorage(store, target);
      store.removeEntry(from);
      store.putEntry(renamed);
    },
    published: () => {
      store.unpublish(from);
      store.publish(renamed);
      if (target) store.reclaim();
    },
  };
}

/** Changes options or index specifications; `o` and `o2` are the oplog's. */
export function changeEntryOp(store: ClusterStore, changed: CollectionEntry, o: Buffer, o2?: Buffer): CatalogOp {
  return {
    kind: "catalog",
    db: changed.db,
    uuid: changed.uuid,
    o,
    ...(o2 && { o2 }),
    apply: () => store.putEntry(changed),
    published: () => store.publish(changed),
  };
}

/** Puts an index whose entries are complete into the catalogue. */
export function publishIndexOp(store: ClusterStore, entry: CollectionEntry, index: IndexEntry): CatalogOp {
  const changed: CollectionEntry = { ...entry, indexes: [...entry.indexes, index] };
  return {
    kind: "catalog",
    db: entry.db,
    uuid: entry.uuid,
    o: encodeDocument(new Map<string, unknown>([["createIndexes", entry.name], ...rawFields(index.spec)])),
    apply: () => {
      store.putEntry(changed);
      store.keepBuilt(index.ident);
    },
    published: () => store.publish(changed),
  };
}

export function dropIndexOp(store: ClusterStore, entry: CollectionEntry, index: IndexEntry): CatalogOp {
  if (index.name === "_id_") throw commandError(72, "cannot drop _id index");
  let changed: CollectionEntry;
  return {
    kind: "catalog",
    db: entry.db,
    uuid: entry.uuid,
    o: encodeDocument({ dropIndexes: entry.name, index: index.name }),
    o2: index.spec,
    apply: () => {
      const current = store.collection(entry.namespace)!;
      changed = { ...current, indexes: current.indexes.filter((other) => other.name !== index.name) };
      store.putEntry(changed);
      if (index.ident !== 0) store.dropIdent("indexes", index.ident);
    },
    published: () => {
      store.publish(changed);
      store.reclaim();
    },
  };
}
