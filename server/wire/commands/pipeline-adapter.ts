import * as query from "../query";
import type { CommandContext } from "../runtime/context";
import { documentsOf, pipelineProducer } from "./read-pipeline";
import { letVariables } from "./let-variables";

type Run = (o: unknown) => AsyncIterable<Buffer>;

export function executePipeline(
  ctx: CommandContext,
  pipeline: Buffer[],
  source: AsyncIterable<Buffer>,
  o: { namespace: string; collation: query.Collation | null },
): AsyncIterable<Buffer> {
  return (query as unknown as { runAggregation: Run }).runAggregation({
    pipeline,
    source,
    context: {
      collation: o.collation,
      variables: letVariables(ctx),
      now: ctx.server.clock.now(),
      openCollection: (name: string, stages: Buffer[] = []) =>
        documentsOf(
          pipelineProducer(ctx, { namespace: `${ctx.db}.${name}`, pipeline: stages, collation: o.collation }),
        ),
    },
  });
}
