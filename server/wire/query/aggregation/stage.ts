import type { Collation } from "../collation";
import type { Raw } from "../raw";

/** Ports of the server that stages need. Without one, the stages that need it are refused. */
export interface AggregationContext {
  readonly collation: Collation | null;
  /** NOW, CLUSTER_TIME and the constants of `let`. */
  readonly variables: Readonly<Record<string, Raw>>;
  /** Those of `variables` that a $lookup around this pipeline defined; other collections' queries do not know them. */
  readonly lookupVariables?: readonly string[];
  /**
   * What the stages ($match, $sort, $limit, with no other variables than the command's) leave of another collection or
   * view of the same database; a missing one is empty.
   */
  readonly openCollection?: (name: string, stages: Buffer[]) => AsyncIterable<Buffer>;
  /** $out and $merge: writes the stream, ends when all is written. */
  readonly write?: (
    stage: { readonly name: "$out" | "$merge"; readonly spec: Raw },
    source: AsyncIterable<Buffer>,
  ) => Promise<void>;
  /** $collStats, $indexStats, $currentOp and other stages that make documents; undefined for one it does not know. */
  readonly special?: (name: string, spec: Raw) => AsyncIterable<Buffer> | undefined;
}

/** A stage that answers each document on its own; several in a row become one step. */
export interface EachStage {
  readonly kind: "each";
  readonly each: (doc: Buffer, emit: (doc: Buffer) => void) => void;
}

export interface StreamStage {
  readonly kind: "stream";
  readonly stream: (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
}

export type Stage = EachStage | StreamStage;

/** Compiles the specification of one stage. Nested pipelines are compiled by `pipeline`. */
export type StageCompiler = (spec: Raw, context: AggregationContext, tools: StageTools) => Stage;

export interface StageTools {
  /** The name under which the stage was called. */
  readonly name: string;
  /** The number of a $limit that follows: a sort need not keep more. */
  readonly limit: number | null;
  /** Compiles and runs a nested pipeline over a source. */
  run(pipeline: readonly Raw[], source: AsyncIterable<Buffer>, context: AggregationContext): AsyncIterable<Buffer>;
  /** Opens a collection and runs a pipeline on it, its leading $match, $sort and $limit handed to the collection. */
  query(collection: string, pipeline: readonly Raw[], context: AggregationContext): AsyncIterable<Buffer>;
}

export const MEMORY_BYTES_MAX = 100 * 1024 * 1024;

export async function* fromArray(docs: readonly Buffer[]): AsyncIterable<Buffer> {
  yield* docs;
}

export async function toArray(source: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const out: Buffer[] = [];
  for await (const doc of source) out.push(doc);
  return out;
}
