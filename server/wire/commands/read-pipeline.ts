import { encodeDocument, RawValue } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import type { Producer } from "../runtime/cursors";
import type { View } from "../runtime/views";
import type { QueryRequest } from "./collection-source";
import { pipelineProducer } from "./pipeline-adapter";

/** A query as the stages of a pipeline. */
export function queryStages(query: QueryRequest, projection?: Buffer): Buffer[] {
  const stages: Buffer[] = [];
  const add = (name: string, value: unknown): number => stages.push(encodeDocument({ [name]: value }));
  if (query.filter.length > 5) add("$match", RawValue.document(query.filter));
  if (query.sort) add("$sort", RawValue.document(query.sort));
  if (query.skip) add("$skip", query.skip);
  if (query.limit) add("$limit", query.limit);
  if (projection && projection.length > 5) add("$project", RawValue.document(projection));
  return stages;
}

/** find, count and distinct on a view: the view's pipeline with the query behind it. */
export function runReadPipeline(ctx: CommandContext, view: View, query: QueryRequest, projection?: Buffer): Producer {
  return pipelineProducer(ctx, {
    namespace: view.namespace,
    pipeline: queryStages(query, projection),
    collation: query.collation ?? null,
    hint: query.hint ?? null,
  });
}
