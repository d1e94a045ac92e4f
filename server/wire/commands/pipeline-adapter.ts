import { runAggregation, type AggregationContext, type Collation, type Raw } from "../query";
import type { CommandContext } from "../runtime/context";
import { letVariables } from "./let-variables";
import { documentsOf, pipelineProducer } from "./read-pipeline";

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
