export { parseCollation, type Collation } from "./collation";
export { compileFilter, type FilterOptions } from "./filter";
export {
  clipRange,
  compileIndex,
  indexKeys,
  keyValueOf,
  partialFilter,
  prefixRange,
  type CompiledIndex,
  type IndexKeys,
  type IndexSpec,
  type KeyRange,
} from "./index-keys";
export { ID_INDEX, planQuery, type IndexScan, type PlanRequest, type QueryPlan } from "./plan";
export { Raw, rawOf, toBytes, toValue, type DocumentLike, type Field } from "./raw";
export { compileSort, SortBuffer, sortDocuments, type CompiledSort } from "./sort";
export { applyDiff, computeDiff, deltaEntry } from "./update/diff";
export { applyUpdate, compileUpdate, updateKind } from "./update/update";
export type { CompiledUpdate, UpdateKind, UpdateOptions, UpdateResult } from "./update/update";
export {
  runAggregation,
  splitPipeline,
  stagesOf,
  startsWithSource,
  type Aggregation,
  type SplitPipeline,
} from "./aggregation/pipeline";
export { fromArray, toArray, type AggregationContext } from "./aggregation/stage";
export { DistinctValues } from "./distinct";
export { evaluateLet } from "./expressions/variables";
export { explainPlan, type ExecutionCounts, type ExplainRequest } from "./explain";
export { compileProjection } from "./projection/projection";
