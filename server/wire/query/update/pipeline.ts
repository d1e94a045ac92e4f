import { compileEach } from "../aggregation/pipeline";
import type { Collation } from "../collation";
import { rawDate, type Raw } from "../raw";

export interface UpdatePipelineContext {
  readonly collation: Collation | null;
  readonly now: Date;
  readonly variables: Readonly<Record<string, Raw>>;
}

const ALLOWED = ["$addFields", "$set", "$project", "$unset", "$replaceRoot", "$replaceWith"];

/** An update by a pipeline of the stages that change single documents. Throws 72 for any other stage. */
export function compileUpdatePipeline(stages: readonly Raw[], context: UpdatePipelineContext): (doc: Raw) => Buffer {
  const variables = { NOW: rawDate(BigInt(context.now.getTime())), ...context.variables };
  const apply = compileEach(stages, { collation: context.collation, variables }, ALLOWED);
  return (doc) => apply(doc.bytes());
}
