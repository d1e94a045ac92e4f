import { commandError } from "../command-error";
import { boolField, decodeDocument, isDocument, rawChild, type Document } from "../protocol/decode";
import { encodeDocument } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import { dropIndexOp } from "../storage/catalog-changes";
import type { CollectionEntry, IndexEntry } from "../storage/catalog-entry";
import { buildIndex } from "../storage/index-build";
import { samePattern } from "./coll-mod";
import { arrayProducer, assertCollectionUuid } from "./collection-source";
import type { Command } from "./command";
import { batchSizeOf, cursorOptions, openCursor } from "./cursor-reply";
import { documentSequence } from "./document-sequence";
import { readIndexSpec, sameSpec } from "./index-spec";
import { assertWriteTarget, ensureCollection } from "./write-target";

const INDEXES_MAX = 64;

/** What to do with a wanted index: nothing when it is there, an error when something like it is. */
function isNew(entry: CollectionEntry, spec: Buffer): boolean {
  const wanted = decodeDocument(spec);
  const key = rawChild(spec, "key")!;
  const named = entry.indexes.find((index) => index.name === wanted.name);
  if (named && sameSpec(named.spec, spec)) return false;
  const like = entry.indexes.find((index) => samePattern(index.key, key) && sameSpec(index.spec, spec, true));
  if (like) {
    if (like.name === "_id_") return false;
    throw commandError(85, `Index already exists with a different name: ${like.name}`);
  }
  if (named) {
    if (samePattern(named.key, key)) {
      throw commandError(
        85,
        `An equivalent index already exists with the same name but different options. Requested index: ${JSON.stringify(wanted)}, existing index: ${JSON.stringify(decodeDocument(named.spec))}`,
      );
    }
    throw commandError(
      86,
      `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${JSON.stringify(wanted)}, existing index: ${JSON.stringify(decodeDocument(named.spec))}`,
    );
  }
  return true;
}

async function createIndexes(ctx: CommandContext): Promise<Document> {
  const { store } = ctx.server;
  assertWriteTarget(ctx, ctx.namespace);
  const specs = documentSequence(ctx, "indexes");
  if (specs.length === 0) throw commandError(2, "Must specify at least one index to create");
  const known = store.collection(ctx.namespace);
  assertCollectionUuid(ctx, known);
  const ignoreUnknown = boolField(ctx.body, "ignoreUnknownIndexOptions");
  const wanted = specs.map((spec) =>
    readIndexSpec(spec, { ignoreUnknown, collation: known && rawChild(known.options, "collation") }),
  );
  const entry = ensureCollection(ctx, ctx.namespace);
  const { before, built } = await store.builds.inTurn(entry, () => buildAll(ctx, wanted));
  return {
    numIndexesBefore: before,
    numIndexesAfter: before + built.length,
    createdCollectionAutomatically: known === undefined,
    ...(built.length === 0 && { note: "all indexes already exist" }),
  };
}

/** Builds what is not there yet, all or nothing. */
async function buildAll(ctx: CommandContext, wanted: Buffer[]): Promise<{ before: number; built: string[] }> {
  const { store } = ctx.server;
  const before = store.collection(ctx.namespace)?.indexes.length ?? 0;
  const built: string[] = [];
  try {
    for (const spec of wanted) {
      const current = store.collection(ctx.namespace);
      if (!current) throw commandError(276, `Index build failed: collection dropped: ${ctx.namespace}`);
      if (!isNew(current, spec)) continue;
      if (current.indexes.length >= INDEXES_MAX)
        throw commandError(67, `add index fails, too many indexes for ${ctx.namespace}`);
      await buildIndex(store, current, spec, () => ctx.throwIfKilled());
      built.push(String(decodeDocument(spec).name));
    }
  } catch (error) {
    for (const name of built) dropOne(ctx, name);
    throw error;
  }
  return { before, built };
}

/** All or nothing: what this command built before an index failed goes away again. */
function dropOne(ctx: CommandContext, name: string): void {
  const { store } = ctx.server;
  const entry = store.collection(ctx.namespace);
  const index = entry?.indexes.find((candidate) => candidate.name === name);
  if (entry && index) store.commit([dropIndexOp(store, entry, index)], { onError: "abort" });
}

function existing(ctx: CommandContext): CollectionEntry {
  if (ctx.server.views.find(ctx.namespace))
    throw commandError(166, `Namespace ${ctx.namespace} is a view, not a collection`);
  const entry = ctx.server.store.collection(ctx.namespace);
  assertCollectionUuid(ctx, entry);
  if (!entry) throw commandError(26, `ns does not exist: ${ctx.namespace}`);
  return entry;
}

async function listIndexes(ctx: CommandContext): Promise<Document> {
  const entry = existing(ctx);
  const clustered = decodeDocument(entry.options).clusteredIndex !== undefined;
  const specs = entry.indexes.map((index) =>
    clustered && index.name === "_id_"
      ? encodeDocument({ ...decodeDocument(index.spec), unique: true, clustered: true })
      : index.spec,
  );
  const options = cursorOptions(ctx, { namespace: ctx.namespace, producer: arrayProducer(specs) });
  return openCursor(ctx, options, batchSizeOf(ctx.body));
}

/** By name, by key pattern, a list of names, or "*" for all but _id. */
function chosen(entry: CollectionEntry, wanted: unknown, rawWanted: Buffer | null): IndexEntry[] {
  if (wanted === "*") return entry.indexes.filter((index) => index.name !== "_id_");
  if (Array.isArray(wanted)) return wanted.flatMap((name) => chosen(entry, name, null));
  if (typeof wanted === "string") {
    const index = entry.indexes.find((candidate) => candidate.name === wanted);
    if (!index) throw commandError(27, `index not found with name [${wanted}]`);
    if (index.name === "_id_") throw commandError(72, "cannot drop _id index");
    return [index];
  }
  if (!isDocument(wanted) || !rawWanted) throw commandError(14, "BSON field 'dropIndexes.index' is the wrong type");
  const found = entry.indexes.filter((index) => samePattern(index.key, rawWanted));
  if (found.length === 0) throw commandError(27, `can't find index with key: ${JSON.stringify(wanted)}`);
  if (found.length > 1)
    throw commandError(
      181,
      `${found.length} indexes found for key: ${JSON.stringify(wanted)}, identify by name instead.`,
    );
  if (found[0]!.name === "_id_") throw commandError(72, "cannot drop _id index");
  return found;
}

function dropIndexes(ctx: CommandContext): Document {
  ctx.assertWritable();
  const entry = existing(ctx);
  const indexes = chosen(entry, ctx.body.index, rawChild(ctx.raw, "index"));
  for (const index of indexes) dropOne(ctx, index.name);
  return {
    nIndexesWas: entry.indexes.length,
    ...(ctx.body.index === "*" && { msg: "non-_id indexes dropped for collection" }),
  };
}

function needs(action: string) {
  return (ctx: CommandContext) => [{ target: { db: ctx.db, collection: ctx.collectionName }, action }];
}

export const indexCommands: readonly Command[] = [
  {
    name: "createIndexes",
    needs: needs("createIndex"),
    writes: true,
    inTransaction: true,
    fields: ["indexes", "commitQuorum", "ignoreUnknownIndexOptions", "indexBuildMethod", "collectionUUID"],
    run: createIndexes,
  },
  {
    name: "listIndexes",
    needs: needs("listIndexes"),
    fields: ["cursor", "includeBuildUUIDs", "includeIndexBuildInfo", "collectionUUID"],
    run: listIndexes,
  },
  {
    name: "dropIndexes",
    aliases: ["deleteIndexes"],
    needs: needs("dropIndex"),
    writes: true,
    fields: ["index", "collectionUUID"],
    run: dropIndexes,
  },
  { name: "setIndexCommitQuorum", needs: needs("createIndex"), run: (ctx) => (existing(ctx), {}) },
];
