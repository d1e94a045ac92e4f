import { runAggregation, splitPipeline, type AggregationContext, type Collation, type Raw } from "../query";
import type { CommandContext } from "../runtime/context";
import type { Producer } from "../runtime/cursors";
import type { ReadView } from "../storage/read-view";
import { EMPTY, EMPTY_PRODUCER, iterableProducer, QueryProducer, type QueryRequest } from "./collection-source";
import { letVariables } from "./let-variables";
import { isOplog, OplogProducer } from "./oplog-source";
import { collationFor } from "./update-statement";

/** The documents of a producer one by one. */
export async function* documentsOf(producer: Producer): AsyncGenerator<Buffer> {
  try {
    for (let docs = await producer.next(); docs !== null; docs = await producer.next()) yield* docs;
  } finally {
    producer.close();
  }
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
  const { filter, sort, limit, rest } = splitPipeline([...run.pipeline]);
  const request: QueryRequest = {
    filter: filter ?? EMPTY,
    sort,
    limit: limit ?? 0,
    hint: run.hint ?? null,
    collation,
    variables: letVariables(ctx),
  };
  const base = sourceProducer(ctx, run.namespace, request);
  return rest.length === 0 ? base : iterableProducer(executePipeline(ctx, rest, documentsOf(base), collation));
}

/** Runs stages over documents; stages that read other collections read them at this command's moment. */
export function executePipeline(
  ctx: CommandContext,
  pipeline: ReadonlyArray<Raw | Buffer>,
  source: AsyncIterable<Buffer>,
  collation: Collation | null,
): AsyncIterable<Buffer> {
  const context: AggregationContext = {
    collation,
    variables: letVariables(ctx),
    openCollection: (name, stages) =>
      documentsOf(pipelineProducer(ctx, { namespace: `${ctx.db}.${name}`, pipeline: stages, collation })),
  };
  return runAggregation({ pipeline, source, context });
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
