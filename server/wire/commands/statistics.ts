import { Binary, Double, Int32, Long } from "bson";
import { createHash } from "node:crypto";
import { statfsSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { commandError } from "../command-error";
import { numberField, stringField, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import type { CollectionEntry } from "../storage/catalog-entry";
import { WHOLE_RANGE } from "../storage/read-view";
import { isMaintained } from "../storage/record-writer";
import type { Command, Need } from "./command";

function entriesOf(ctx: CommandContext, db: string): CollectionEntry[] {
  return [...ctx.server.store.collections()].filter((entry) => entry.db === db);
}

/** What the disk of this cluster holds and could hold; the limit that it was given counts as its disk. */
export function diskBytes(ctx: CommandContext): { used: number; total: number } {
  const { config, store } = ctx.server;
  // The file keeps the pages of what was dropped for what comes next, so its length says nothing about what is used.
  const used = [...store.collections()].reduce((sum, entry) => sum + entry.bytes + indexBytes(entry), store.oplogBytes);
  if (config.storageLimitBytes) return { used, total: config.storageLimitBytes };
  const stats = statfsSync(config.dataDir);
  const total = stats.blocks * stats.bsize;
  return { used: total - stats.bavail * stats.bsize, total };
}

function scaleOf(ctx: CommandContext): number {
  const scale = numberField(ctx.body, "scale", 1);
  if (scale < 1) throw commandError(51024, `BSON field 'scale' value must be >= 1, actual value '${scale}'`);
  return Math.floor(scale);
}

function scaled(bytes: number, scale: number): Long {
  return Long.fromNumber(Math.floor(bytes / scale));
}

/** Sizes of indexes are estimates: an entry holds its key and the record's. */
function indexBytes(entry: CollectionEntry): number {
  return entry.indexes.length * entry.count * 40;
}

function dbStats(ctx: CommandContext): Document {
  const scale = scaleOf(ctx);
  const entries = entriesOf(ctx, ctx.db);
  const objects = entries.reduce((sum, entry) => sum + entry.count, 0);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const indexes = entries.reduce((sum, entry) => sum + entry.indexes.length, 0);
  const indexSize = entries.reduce((sum, entry) => sum + indexBytes(entry), 0);
  const disk = diskBytes(ctx);
  return {
    db: ctx.db,
    collections: Long.fromNumber(entries.length),
    views: Long.fromNumber(ctx.server.views.list(ctx.db).length),
    objects: Long.fromNumber(objects),
    avgObjSize: new Double(objects > 0 ? bytes / objects : 0),
    dataSize: scaled(bytes, scale),
    storageSize: scaled(bytes, scale),
    freeStorageSize: scaled(0, scale),
    indexes: Long.fromNumber(indexes),
    indexSize: scaled(indexSize, scale),
    indexFreeStorageSize: scaled(0, scale),
    totalSize: scaled(bytes + indexSize, scale),
    totalFreeStorageSize: scaled(0, scale),
    scaleFactor: Long.fromNumber(scale),
    fsUsedSize: scaled(disk.used, scale),
    fsTotalSize: scaled(disk.total, scale),
  };
}

/** The body of collStats, also of the stage $collStats. */
export function storageStats(entry: CollectionEntry | undefined, scale = 1): Document {
  const size = entry?.bytes ?? 0;
  const count = entry?.count ?? 0;
  const indexSizes = Object.fromEntries(
    (entry?.indexes ?? []).map((index) => [index.name, Long.fromNumber(count * 40)]),
  );
  const total = entry ? indexBytes(entry) : 0;
  return {
    size: scaled(size, scale),
    count: new Int32(count),
    ...(count > 0 && { avgObjSize: new Int32(Math.floor(size / count)) }),
    numOrphanDocs: new Int32(0),
    storageSize: scaled(size, scale),
    freeStorageSize: scaled(0, scale),
    capped: entry?.capped !== null && entry !== undefined,
    ...(entry?.capped && { max: Long.fromNumber(entry.capped.max ?? 0), maxSize: scaled(entry.capped.size, scale) }),
    nindexes: new Int32(entry?.indexes.length ?? 0),
    indexDetails: {},
    indexBuilds: [],
    totalIndexSize: scaled(total, scale),
    totalSize: scaled(size + total, scale),
    indexSizes,
    scaleFactor: new Int32(scale),
  };
}

function collStats(ctx: CommandContext): Document {
  if (ctx.server.views.find(ctx.namespace))
    throw commandError(166, `Namespace ${ctx.namespace} is a view, not a collection`);
  return { ns: ctx.namespace, ...storageStats(ctx.server.store.collection(ctx.namespace), scaleOf(ctx)) };
}

function dataSize(ctx: CommandContext): Document {
  const entry = ctx.server.store.collection(stringField(ctx.body, "dataSize"));
  return {
    estimate: false,
    size: Long.fromNumber(entry?.bytes ?? 0),
    numObjects: Long.fromNumber(entry?.count ?? 0),
    millis: 0,
  };
}

/** Reads every document and every index entry and compares the two, and both with the counts. */
async function validate(ctx: CommandContext): Promise<Document> {
  const { store, views } = ctx.server;
  if (views.find(ctx.namespace)) throw commandError(166, `Cannot validate a view`);
  const entry = store.collection(ctx.namespace);
  if (!entry) throw commandError(26, `Collection '${ctx.namespace}' does not exist to validate.`);
  const view = store.pins.now();
  const release = store.pins.hold(view);
  try {
    const pinned = view.collection(ctx.namespace) ?? entry;
    const errors: string[] = [];
    let records = 0;
    for (const _record of view.records(pinned, WHOLE_RANGE, false)) {
      records += 1;
      if (records % 5000 === 0) await nextTurn();
    }
    if (records !== pinned.count) errors.push(`the collection counts ${pinned.count} documents and holds ${records}`);
    const keysPerIndex: Document = {};
    const indexDetails: Document = {};
    for (const index of pinned.indexes) {
      let keys = index.ident === 0 ? records : 0;
      let dangling = 0;
      if (isMaintained(index)) {
        for (const { recordKey } of view.indexEntries(index, WHOLE_RANGE, false)) {
          keys += 1;
          if (!view.get(pinned, recordKey)) dangling += 1;
        }
      }
      if (dangling > 0) errors.push(`index ${index.name} points ${dangling} times to a document that is not there`);
      keysPerIndex[index.name] = Long.fromNumber(keys);
      indexDetails[index.name] = { valid: dangling === 0, keysPerIndex: Long.fromNumber(keys) };
      await nextTurn();
    }
    return {
      ns: ctx.namespace,
      uuid: new Binary(entry.uuid, 4),
      nInvalidDocuments: Long.ZERO,
      nNonCompliantDocuments: Long.ZERO,
      nrecords: Long.fromNumber(records),
      nIndexes: pinned.indexes.length,
      keysPerIndex,
      indexDetails,
      valid: errors.length === 0,
      repaired: false,
      warnings: [],
      errors,
      extraIndexEntries: [],
      missingIndexEntries: [],
      corruptRecords: [],
    };
  } finally {
    release();
    store.pins.release(view);
  }
}

/** MD5 over the documents in _id order, as replica set members compare themselves. */
async function dbHash(ctx: CommandContext): Promise<Document> {
  const { store, clock } = ctx.server;
  const started = clock.now().getTime();
  const view = store.pins.now();
  const release = store.pins.hold(view);
  const wanted = Array.isArray(ctx.body.collections) ? new Set(ctx.body.collections.map(String)) : null;
  const collections: Document = {};
  const uuids: Document = {};
  const capped: string[] = [];
  const whole = createHash("md5");
  try {
    const entries = entriesOf(ctx, ctx.db).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (wanted && wanted.size > 0 && !wanted.has(entry.name)) continue;
      if (entry.capped) capped.push(entry.name);
      const hash = createHash("md5");
      let seen = 0;
      for (const { doc } of view.records(entry, WHOLE_RANGE, false)) {
        hash.update(doc);
        seen += 1;
        if (seen % 5000 === 0) await nextTurn();
      }
      const digest = hash.digest("hex");
      collections[entry.name] = digest;
      uuids[entry.name] = new Binary(entry.uuid, 4);
      whole.update(digest);
    }
  } finally {
    release();
    store.pins.release(view);
  }
  return {
    host: ctx.server.address,
    collections,
    capped,
    uuids,
    md5: whole.digest("hex"),
    timeMillis: clock.now().getTime() - started,
  };
}

function onDatabase(action: string) {
  return (ctx: CommandContext): Need[] => [{ target: { db: ctx.db, collection: "" }, action }];
}

function onCollection(action: string) {
  return (ctx: CommandContext): Need[] => [{ target: { db: ctx.db, collection: ctx.collectionName }, action }];
}

export const statisticsCommands: readonly Command[] = [
  {
    name: "dbStats",
    aliases: ["dbstats"],
    needs: onDatabase("dbStats"),
    fields: ["scale", "freeStorage"],
    run: dbStats,
  },
  { name: "collStats", aliases: ["collstats"], needs: onCollection("collStats"), fields: ["scale"], run: collStats },
  {
    name: "dataSize",
    aliases: ["datasize"],
    needs: (ctx) => [
      {
        target: { db: ctx.db, collection: stringField(ctx.body, "dataSize").slice(ctx.db.length + 1) },
        action: "find",
      },
    ],
    fields: ["keyPattern", "min", "max", "estimate"],
    run: dataSize,
  },
  {
    name: "validate",
    needs: onCollection("validate"),
    fields: [
      "full",
      "repair",
      "metadata",
      "checkBSONConformance",
      "background",
      "fixMultikey",
      "warnOnSchemaValidation",
    ],
    run: validate,
  },
  {
    name: "dbHash",
    aliases: ["dbhash"],
    needs: onDatabase("dbHash"),
    fields: ["collections", "skipTempCollections", "readTimestamp"],
    run: dbHash,
  },
];
