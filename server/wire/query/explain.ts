import type { Document } from "bson";
import { deserialize } from "bson";
import { compileIndex } from "./index-keys";
import type { QueryPlan } from "./plan";
import { toBytes, type DocumentLike } from "./raw";

export interface ExplainRequest {
  /** "db.collection" */
  readonly namespace: string;
  readonly plan: QueryPlan;
  readonly filter?: DocumentLike | null;
  readonly sort?: DocumentLike | null;
  readonly projection?: DocumentLike | null;
  readonly skip?: number;
  readonly limit?: number;
}

/** What a run of the plan counted, for verbosity executionStats and allPlansExecution. */
export interface ExecutionCounts {
  readonly returned: number;
  readonly keysExamined: number;
  readonly docsExamined: number;
  readonly millis: number;
}

const plain = (doc: DocumentLike | null | undefined): Document => (doc ? deserialize(toBytes(doc)) : {});
const isEmpty = (doc: DocumentLike | null | undefined): boolean => !doc || toBytes(doc).length === 5;

/** `queryPlanner`, and `executionStats` where counts are given, as explain replies show them. */
export function explainPlan(request: ExplainRequest, counts?: ExecutionCounts): Document {
  const winningPlan = stagesOf(request, null);
  return {
    explainVersion: "1",
    queryPlanner: {
      namespace: request.namespace,
      parsedQuery: plain(request.filter),
      indexFilterSet: false,
      maxIndexedOrSolutionsReached: false,
      maxIndexedAndSolutionsReached: false,
      maxScansToExplodeReached: false,
      winningPlan,
      rejectedPlans: [],
    },
    ...(counts && {
      executionStats: {
        executionSuccess: true,
        nReturned: counts.returned,
        executionTimeMillis: counts.millis,
        totalKeysExamined: counts.keysExamined,
        totalDocsExamined: counts.docsExamined,
        executionStages: stagesOf(request, counts),
      },
    }),
  };
}

function stagesOf(request: ExplainRequest, counts: ExecutionCounts | null): Document {
  const done = counts ? { nReturned: counts.returned, executionTimeMillisEstimate: counts.millis } : {};
  let stage = accessStage(request, counts);
  if (!request.plan.sorted && !isEmpty(request.sort)) {
    const limitAmount = request.limit ? { limitAmount: request.limit + (request.skip ?? 0) } : {};
    stage = {
      stage: "SORT",
      ...done,
      sortPattern: plain(request.sort),
      memLimit: 104857600,
      ...limitAmount,
      type: "simple",
      inputStage: stage,
    };
  }
  if (!isEmpty(request.projection)) {
    stage = { stage: "PROJECTION_DEFAULT", ...done, transformBy: plain(request.projection), inputStage: stage };
  }
  if (request.skip) stage = { stage: "SKIP", ...done, skipAmount: request.skip, inputStage: stage };
  if (request.limit) stage = { stage: "LIMIT", ...done, limitAmount: request.limit, inputStage: stage };
  return stage;
}

function accessStage({ plan, filter }: ExplainRequest, counts: ExecutionCounts | null): Document {
  const residual = isEmpty(filter) ? {} : { filter: plain(filter) };
  const done = counts ? { nReturned: counts.returned, executionTimeMillisEstimate: counts.millis } : {};
  const docs = counts ? { docsExamined: counts.docsExamined } : {};
  const keys = counts ? { keysExamined: counts.keysExamined } : {};
  switch (plan.stage) {
    case "EOF":
      return { stage: "EOF", ...done };
    case "COLLSCAN":
      return {
        stage: "COLLSCAN",
        ...residual,
        ...done,
        direction: plan.direction === 1 ? "forward" : "backward",
        ...docs,
      };
    case "IDHACK":
      return { stage: "IDHACK", ...done, ...keys, ...docs };
    case "IXSCAN": {
      const { spec, fields } = compileIndex(plan.index);
      return {
        stage: "FETCH",
        ...residual,
        ...done,
        ...docs,
        inputStage: {
          stage: "IXSCAN",
          ...done,
          keyPattern: plain(spec.key),
          indexName: spec.name,
          isMultiKey: spec.multikey === true,
          multiKeyPaths: Object.fromEntries(fields.map((field) => [field.path, []])),
          isUnique: spec.unique === true,
          isSparse: spec.sparse === true,
          isPartial: spec.partialFilterExpression !== undefined,
          indexVersion: 2,
          direction: plan.direction === 1 ? "forward" : "backward",
          indexBounds: Object.fromEntries([...plan.bounds].map(([path, texts]) => [path, [...texts]])),
          ...keys,
        },
      };
    }
  }
}
