import { elements } from "@/server/engine/bson/document";
import { rawChild } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import type { Collation } from "../query";
import type { CommandContext } from "../runtime/context";
import type { Producer } from "../runtime/cursors";
import type { View } from "../runtime/views";
import type { ReadView } from "../storage/read-view";
import { EMPTY, EMPTY_PRODUCER, iterableProducer, QueryProducer, type QueryRequest } from "./collection-source";
import { letVariables } from "./let-variables";
import { isOplog, OplogProducer } from "./oplog-source";
import { collationFor } from "./update-statement";
import { executePipeline } from "./pipeline-adapter";

/** The documents of a producer one by one. */
export async function* documentsOf(producer: Producer): AsyncGenerator<Buffer> {
  try {
    for (let docs = await producer.next(); docs !== null; docs = await producer.next()) yield* docs;
  } finally {
    producer.close();
  }
}

function stageName(stage: Buffer): string {
  for (const { name } of elements(stage)) return name;
  return "";
}

/**
 * What the storage can do of a pipeline: its first $match and the $sort right behind it, so that they use indexes. The
 * rest goes through the stages.
 */
function pushDown(pipeline: readonly Buffer[]): { filter: Buffer; sort: Buffer | null; rest: Buffer[] } {
  let rest = [...pipeline];
  let filter: Buffer = EMPTY;
  let sort: Buffer | null = null;
  const first = rest[0];
  const match = first && stageName(first) === "$match" ? rawChild(first, "$match") : null;
  if (match) {
    filter = match;
    rest = rest.slice(1);
  }
  const next = rest[0];
  const order = next && stageName(next) === "$sort" ? rawChild(next, "$sort") : null;
  if (order && [...elements(order)].every(({ type }) => type !== 0x03)) {
    sort = order;
    rest = rest.slice(1);
  }
  return { filter, sort, rest };
}

export interface PipelineRun {
  namespace: string;
  pipeline: readonly Buffer[];
  collation: Collation | null;
  hint?: string | Buffer | null;
}

/** Runs a pipeline over a namespace, whatever it is: a collection, a view, the oplog or nothing. */
export function pipelineProducer(ctx: CommandContext, run: PipelineRun): Producer {
  const view = ctx.server.views.find(run.namespace);
  if (view) {
    const resolved = ctx.server.views.resolve(view);
    return pipelineProducer(ctx, {
      ...run,
      namespace: `${view.db}.${resolved.collection}`,
      pipeline: [...resolved.pipeline, ...run.pipeline],
    });
  }
  const entry = ctx.readView().collection(run.namespace);
  const collation = collationFor(entry, run.collation);
  const { filter, sort, rest } = pushDown(run.pipeline);
  const request: QueryRequest = { filter, sort, hint: run.hint ?? null, collation, variables: letVariables(ctx) };
  const base = sourceProducer(ctx, run.namespace, request);
  return rest.length === 0
    ? base
    : iterableProducer(executePipeline(ctx, rest, documentsOf(base), { namespace: run.namespace, collation }));
}

function sourceProducer(ctx: CommandContext, namespace: string, request: QueryRequest): Producer {
  if (isOplog(namespace)) return new OplogProducer(ctx, request);
  const entry = ctx.readView().collection(namespace);
  if (!entry) return EMPTY_PRODUCER;
  const { store } = ctx.server;
  const pinned = ctx.transaction?.view ?? ctx.snapshot;
  const view = (): ReadView => pinned ?? store.latestOf(entry);
  return new QueryProducer(ctx, view, entry, request, pinned ? store.pins.hold(pinned) : undefined);
}

/** find, count and distinct on a view: the view's pipeline with the query behind it. */
export function runReadPipeline(ctx: CommandContext, view: View, query: QueryRequest, projection?: Buffer): Producer {
  const stages: Buffer[] = [];
  const add = (name: string, value: unknown): number => stages.push(encodeDocument({ [name]: value }));
  if (query.filter.length > 5) add("$match", RawValue.document(query.filter));
  if (query.sort) add("$sort", RawValue.document(query.sort));
  if (query.skip) add("$skip", query.skip);
  if (query.limit) add("$limit", query.limit);
  if (projection && projection.length > 5) add("$project", RawValue.document(projection));
  return pipelineProducer(ctx, {
    namespace: view.namespace,
    pipeline: stages,
    collation: query.collation ?? null,
    hint: query.hint ?? null,
  });
}
