import { commandError } from "../command-error";
import { boolField, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import type { Producer } from "../runtime/cursors";
import { compileFilter, compileSort } from "../query";
import type { CollectionEntry } from "../storage/catalog-entry";
import type { Command } from "./command";
import {
  assertCollectionUuid,
  effectiveCollation,
  EMPTY_PRODUCER,
  filterOptions,
  QueryProducer,
  rawDocumentField,
  type QueryRequest,
} from "./collection-source";
import { batchSizeOf, cursorOptions, openCursor } from "./cursor-reply";
import { minMaxOf } from "./min-max";
import { isOplog, OplogProducer } from "./oplog-source";
import { projectionOf } from "./projection";
import { queryRequest } from "./query-request";
import { findOnView } from "./view-source";

const FIELDS = [
  ..."filter sort projection hint skip limit batchSize singleBatch allowDiskUse max min returnKey showRecordId tailable oplogReplay noCursorTimeout awaitData allowPartialResults collation let term options runtimeConstants includeQueryStatsMetrics collectionUUID $_requestResumeToken $_resumeAfter $_startAt".split(
    " ",
  ),
];
/** Options that would change the result and are not built: refused instead of ignored. */
const REFUSED = ["$_requestResumeToken", "$_resumeAfter", "$_startAt"];

async function find(ctx: CommandContext): Promise<Document> {
  ctx.server.opcounters.query += 1;
  for (const name of REFUSED) {
    if (name in ctx.body) throw commandError(238, `find option '${name}' is not supported by this server`);
  }
  if (boolField(ctx.body, "returnKey") || boolField(ctx.body, "showRecordId")) {
    throw commandError(238, "find options 'returnKey' and 'showRecordId' are not supported by this server");
  }
  const { namespace } = ctx;
  const bounds = minMaxOf(ctx);
  if (ctx.server.views.find(namespace)) {
    if (bounds) throw commandError(238, "find options 'min' and 'max' are not supported on views");
    return findOnView(ctx);
  }
  const view = ctx.readView();
  const entry = view.collection(namespace) ?? (ctx.transaction ? ctx.server.store.collection(namespace) : undefined);
  assertCollectionUuid(ctx, entry);
  const collation = effectiveCollation(ctx, entry);
  const request = { ...queryRequest(ctx, collation), bounds };
  const tailable = boolField(ctx.body, "tailable");
  const awaitData = boolField(ctx.body, "awaitData");
  if (awaitData && !tailable) throw commandError(9, "Cannot set 'awaitData' without also setting 'tailable'");
  const oplog = isOplog(namespace);
  if (oplog && bounds) throw commandError(238, "find options 'min' and 'max' are not supported on the oplog");
  if (tailable && !oplog && entry && !entry.capped) {
    throw commandError(2, `error processing query: ns=${namespace} tailable cursor requested on non capped collection`);
  }
  const projection = rawDocumentField(ctx, "projection");
  const base = oplog
    ? new OplogProducer(ctx, request)
    : entry
      ? collectionProducer(ctx, entry, request)
      : emptyProducer(request);
  const producer = projection.length > 5 ? projected(base, projection, request) : base;
  const follows = tailable && (oplog || (entry !== undefined && entry.count > 0));
  const options = cursorOptions(ctx, {
    namespace,
    producer,
    noTimeout: boolField(ctx.body, "noCursorTimeout"),
    ...(follows && { tail: { awaitData, changed: (ms: number) => ctx.server.waitForChange(ms) } }),
  });
  const singleBatch = boolField(ctx.body, "singleBatch");
  return openCursor(ctx, options, batchSizeOf(ctx.body), singleBatch);
}

/** Bad filters are refused where there is no collection, too. */
function emptyProducer(request: QueryRequest): Producer {
  compileFilter(request.filter, filterOptions(request));
  compileSort(request.sort ?? null);
  return EMPTY_PRODUCER;
}

function collectionProducer(ctx: CommandContext, entry: CollectionEntry, request: QueryRequest): Producer {
  const { pins } = ctx.server.store;
  const pinned = ctx.transaction?.view ?? ctx.snapshot;
  if (pinned) return new QueryProducer(ctx, () => pinned, entry, request, pins.hold(pinned));
  return new QueryProducer(ctx, () => ctx.server.store.latestOf(entry), entry, request);
}

function projected(base: Producer, projection: Buffer, request: QueryRequest): Producer {
  const project = projectionOf(projection, request);
  return { next: async () => (await base.next())?.map(project) ?? null, close: () => base.close() };
}

export const findCommands: readonly Command[] = [
  {
    name: "find",
    needs: (ctx) => [{ target: { db: ctx.db, collection: ctx.collectionName }, action: "find" }],
    inTransaction: true,
    fields: FIELDS,
    run: find,
  },
];
