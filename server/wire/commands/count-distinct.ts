import { setImmediate as nextTurn } from "node:timers/promises";
import { commandError } from "../command-error";
import { numberField, stringField, type Document } from "../protocol/decode";
import { RawValue } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import type { CollectionEntry } from "../storage/catalog-entry";
import { compileFilter, DistinctValues } from "../query";
import { toTimestamp } from "../storage/timestamp";
import { runReadPipeline } from "./read-pipeline";
import {
  assertCollectionUuid,
  effectiveCollation,
  filterOptions,
  hintOf,
  QueryProducer,
  rawDocumentField,
  type QueryRequest,
} from "./collection-source";
import type { Command } from "./command";
import { letVariables } from "./let-variables";
import { isOplog, OplogProducer } from "./oplog-source";
import type { Producer } from "../runtime/cursors";

function request(ctx: CommandContext, entry: CollectionEntry | undefined): QueryRequest {
  return {
    filter: rawDocumentField(ctx, "query"),
    hint: hintOf(ctx.raw, ctx.body),
    collation: effectiveCollation(ctx, entry),
    variables: letVariables(ctx),
  };
}

/** All documents that the query matches; views through their pipeline. */
function source(ctx: CommandContext, o: { skip: number; limit: number }): Producer | null {
  const { namespace, server } = ctx;
  const view = server.views.find(namespace);
  const entry = ctx.readView().collection(namespace);
  const query = { ...request(ctx, entry), ...o };
  if (view) return runReadPipeline(ctx, view, query);
  if (isOplog(namespace)) return new OplogProducer(ctx, query);
  assertCollectionUuid(ctx, entry);
  if (!entry) {
    compileFilter(query.filter, filterOptions(query));
    return null;
  }
  const pinned = ctx.transaction?.view ?? ctx.snapshot;
  return new QueryProducer(ctx, () => pinned ?? server.store.latestOf(entry), entry, query);
}

async function count(ctx: CommandContext): Promise<Document> {
  const skip = numberField(ctx.body, "skip", 0);
  const limit = Math.abs(numberField(ctx.body, "limit", 0));
  if (skip < 0) throw commandError(51024, `BSON field 'skip' value must be >= 0, actual value '${skip}'`);
  const entry = ctx.server.store.collection(ctx.namespace);
  const everything = rawDocumentField(ctx, "query").length <= 5;
  if (entry && everything && !ctx.server.views.find(ctx.namespace)) {
    const left = Math.max(0, entry.count - skip);
    return { n: limit > 0 ? Math.min(limit, left) : left };
  }
  const producer = source(ctx, { skip, limit });
  let n = 0;
  for (let docs = await producer?.next(); docs; docs = await producer!.next()) {
    n += docs.length;
    await nextTurn();
  }
  producer?.close();
  return { n };
}

async function distinct(ctx: CommandContext): Promise<Document> {
  const key = stringField(ctx.body, "key");
  if (key === "" || key.includes("\0")) throw commandError(2, "Invalid key for distinct");
  const producer = source(ctx, { skip: 0, limit: 0 });
  const collation = effectiveCollation(ctx, ctx.readView().collection(ctx.namespace));
  const values = new DistinctValues(key, collation);
  for (let docs = await producer?.next(); docs; docs = await producer!.next()) {
    for (const doc of docs) values.add(doc);
    await nextTurn();
  }
  producer?.close();
  const found = values.values().map((value) => new RawValue(value.type, value.bytes()));
  return { values: found, ...(ctx.snapshot && { atClusterTime: toTimestamp(ctx.snapshot.time) }) };
}

function needs(ctx: CommandContext) {
  return [{ target: { db: ctx.db, collection: ctx.collectionName }, action: "find" }];
}

export const countDistinctCommands: readonly Command[] = [
  {
    name: "count",
    needs,
    fields: ["query", "limit", "skip", "hint", "collation", "fields", "collectionUUID", "encryptionInformation"],
    run: count,
  },
  {
    name: "distinct",
    needs,
    inTransaction: true,
    fields: ["key", "query", "hint", "collation", "collectionUUID"],
    run: distinct,
  },
];
