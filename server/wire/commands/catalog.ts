import { commandError } from "../command-error";
import { boolField, decodeDocument, stringField, toNumber, uuidBytes, type Document } from "../protocol/decode";
import { encodeDocument } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import { newUuid } from "../runtime/system-documents";
import { createCollectionOp, dropCollectionOp, dropDatabaseOp, renameCollectionOp } from "../storage/catalog-changes";
import type { CollectionEntry } from "../storage/catalog-entry";
import { assertCollectionUuid } from "./collection-source";
import { readCollectionOptions } from "./collection-options";
import type { Command, Need } from "./command";
import { collModCommand } from "./coll-mod";
import { listCollectionsCommand, listDatabasesCommand } from "./list-catalog";
import { isOplog } from "./oplog-source";
import { createView, dropView } from "./view-definitions";
import { assertCollectionName } from "./write-target";

const CREATE_FIELDS =
  "capped autoIndexId idIndex size max storageEngine validator validationLevel validationAction indexOptionDefaults viewOn pipeline collation changeStreamPreAndPostImages timeseries clusteredIndex expireAfterSeconds encryptedFields temp recordPreImages recordIdsReplicated flags bypassDocumentValidation".split(
    " ",
  );

function create(ctx: CommandContext): Document {
  const { store, views } = ctx.server;
  const { namespace, body } = ctx;
  assertCollectionName(ctx.db, ctx.collectionName);
  ctx.assertWritable();
  if (body.timeseries !== undefined)
    throw commandError(115, "time series collections are not supported by this server");
  if (body.encryptedFields !== undefined)
    throw commandError(115, "encrypted collections are not supported by this server");
  if (body.viewOn !== undefined) return createView(ctx);
  const { options, idIndex } = readCollectionOptions(ctx);
  const known = store.collection(namespace);
  if (views.find(namespace)) throw commandError(48, `Collection ${namespace} already exists as a view.`);
  if (known) {
    if (known.options.equals(options)) return {};
    throw commandError(
      48,
      `Collection ${namespace} already exists. Requested options differ from those of the existing collection.`,
    );
  }
  store.commit([createCollectionOp(store, { namespace, uuid: newUuid(), options, ...(idIndex && { idIndex }) })], {
    onError: "abort",
  });
  return {};
}

function drop(ctx: CommandContext): Document {
  const { store, views } = ctx.server;
  const { namespace } = ctx;
  ctx.assertWritable();
  if (isOplog(namespace)) throw commandError(20, "can't drop live oplog while replicating");
  if (views.find(namespace)) {
    dropView(ctx, namespace);
    return { ns: namespace };
  }
  const entry = store.collection(namespace);
  assertCollectionUuid(ctx, entry);
  if (!entry) {
    if (ctx.server.release >= 700) return {};
    throw commandError(26, "ns not found");
  }
  if (namespace === "admin.system.version") {
    throw commandError(20, `can't drop system collection ${namespace}`);
  }
  store.commit([dropCollectionOp(store, entry)], { onError: "abort" });
  return { nIndexesWas: entry.indexes.length, ns: namespace };
}

function dropDatabase(ctx: CommandContext): Document {
  const { store } = ctx.server;
  ctx.assertWritable();
  if (["admin", "config", "local"].includes(ctx.db))
    throw commandError(20, `Dropping the '${ctx.db}' database is prohibited.`);
  const entries = [...store.collections()].filter((entry) => entry.db === ctx.db);
  if (entries.length === 0) return {};
  store.commit([...entries.map((entry) => dropCollectionOp(store, entry)), dropDatabaseOp(ctx.db)], {
    onError: "abort",
  });
  return { dropped: ctx.db };
}

function renameCollection(ctx: CommandContext): Document {
  const { store, views } = ctx.server;
  const from = stringField(ctx.body, "renameCollection");
  const to = stringField(ctx.body, "to");
  const toDb = to.slice(0, to.indexOf("."));
  if (to.indexOf(".") < 1 || from.indexOf(".") < 1) throw commandError(73, `Invalid namespace specified '${to}'`);
  assertCollectionName(toDb, to.slice(toDb.length + 1));
  ctx.assertWritable(from.slice(0, from.indexOf(".")));
  ctx.assertWritable(toDb);
  if (from === to) throw commandError(20, "Can't rename a collection to itself");
  if (views.find(from)) throw commandError(166, `Cannot rename view: ${from}`);
  const entry = store.collection(from);
  assertCollectionUuid(ctx, entry, splitNamespace(from));
  if (!entry) throw commandError(26, `Source collection ${from} does not exist`);
  const target = store.collection(to);
  if (views.find(to)) throw commandError(48, "a view already exists with that name: " + to);
  if (target && !boolField(ctx.body, "dropTarget") && uuidBytes(ctx.body.dropTarget) === null)
    throw commandError(48, "target namespace exists");
  if (entry.db !== toDb)
    throw commandError(115, "renaming a collection to another database is not supported by this server");
  store.commit([renameCollectionOp(store, { entry, to, ...(target && { target }) })], { onError: "abort" });
  ctx.server.cursors.killWhere((cursor) => cursor.options.namespace === from);
  return {};
}

/** Makes a capped collection of an ordinary one: a new collection under the old name. */
function convertToCapped(ctx: CommandContext): Document {
  const { store } = ctx.server;
  ctx.assertWritable();
  const entry = store.collection(ctx.namespace);
  if (!entry) throw commandError(26, `source collection ${ctx.namespace} does not exist`);
  const size = toNumber(ctx.body.size);
  if (size === null || size <= 0) throw commandError(72, "Capped collection size must be greater than zero");
  const temporary = `${ctx.db}.tmp${newUuid().toString("hex").slice(0, 8)}.convertToCapped.${entry.name}`;
  const options = encodeDocument({ ...decodeDocument(entry.options), capped: true, size: ctx.body.size });
  store.commit([createCollectionOp(store, { namespace: temporary, uuid: newUuid(), options })], { onError: "abort" });
  const capped = store.collection(temporary)!;
  copyAll(ctx, entry, capped);
  store.commit([renameCollectionOp(store, { entry: store.collection(temporary)!, to: ctx.namespace, target: entry })], {
    onError: "abort",
  });
  return {};
}

function copyAll(ctx: CommandContext, from: CollectionEntry, to: CollectionEntry): void {
  const { store } = ctx.server;
  const docs = [...store.latest().records(from, { from: Buffer.alloc(0), to: Buffer.from([0xff]) }, false)];
  for (let at = 0; at < docs.length; at += 1000) {
    const ops = docs.slice(at, at + 1000).map(({ doc }) => ({ kind: "insert" as const, entry: to, doc }));
    store.commit(ops, { onError: "abort" });
  }
}

function splitNamespace(namespace: string): { db: string; collection: string } {
  const dot = namespace.indexOf(".");
  return { db: namespace.slice(0, dot), collection: namespace.slice(dot + 1) };
}

function renameNeeds(ctx: CommandContext): Need[] {
  const from = splitNamespace(stringField(ctx.body, "renameCollection"));
  const to = splitNamespace(stringField(ctx.body, "to"));
  const drops: Need[] = boolField(ctx.body, "dropTarget") ? [{ target: to, action: "dropCollection" }] : [];
  if (from.db === to.db && ctx.may(from, "renameCollectionSameDB")) return drops;
  return [
    { target: from, action: "find" },
    { target: from, action: "dropCollection" },
    { target: to, action: "insert" },
    { target: to, action: "createIndex" },
    ...drops,
  ];
}

function onCollection(action: string): (ctx: CommandContext) => Need[] {
  return (ctx) => [{ target: { db: ctx.db, collection: ctx.collectionName }, action }];
}

export const catalogCommands: readonly Command[] = [
  {
    name: "create",
    needs: onCollection("createCollection"),
    writes: true,
    inTransaction: true,
    fields: CREATE_FIELDS,
    run: create,
  },
  { name: "drop", needs: onCollection("dropCollection"), writes: true, fields: ["collectionUUID"], run: drop },
  {
    name: "dropDatabase",
    needs: (ctx) => [{ target: { db: ctx.db, collection: "" }, action: "dropDatabase" }],
    writes: true,
    fields: [],
    run: dropDatabase,
  },
  {
    name: "renameCollection",
    needs: renameNeeds,
    writes: true,
    adminOnly: true,
    fields: ["to", "dropTarget", "stayTemp", "collectionUUID"],
    run: renameCollection,
  },
  {
    name: "convertToCapped",
    needs: onCollection("convertToCapped"),
    writes: true,
    fields: ["size"],
    run: convertToCapped,
  },
  collModCommand,
  listCollectionsCommand,
  listDatabasesCommand,
];
