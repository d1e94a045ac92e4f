/** The query engine of the embedded server: pure, on raw BSON; storage and commands are its callers. */
export { runAggregation, splitPipeline } from "./aggregation/pipeline";
export type { AggregationContext } from "./aggregation/stage";
export { parseCollation, type Collation } from "./collation";
export { DistinctValues } from "./distinct";
export { explainPlan, type ExecutionCounts } from "./explain";
export { evaluateLet } from "./expressions/variables";
export { compileFilter } from "./filter";
export { clipRange, compileIndex, prefixRange, type KeyRange } from "./index-keys";
export { planQuery, type QueryPlan } from "./plan";
export { compileProjection } from "./projection/projection";
export { Raw, rawOf } from "./raw";
export { compileSort, SortBuffer, type CompiledSort } from "./sort";
export { applyDiff, deltaEntry } from "./update/diff";
export { compileUpdate, updateKind, type CompiledUpdate, type UpdateResult } from "./update/update";
