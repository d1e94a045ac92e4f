import { commandError } from "../../command-error";
import { fieldsOf, itemsOf, rawArray, rawDocument, rawObject, type DocumentLike, type Raw } from "../raw";
import { exactInt64 } from "../numbers";
import { documentExpression, eachStages } from "./each-stages";
import { bucketStages } from "./buckets";
import { groupStages } from "./group";
import { lookupStages } from "./lookup";
import { fromArray, type AggregationContext, type EachStage, type Stage, type StageCompiler } from "./stage";
import { streamStages } from "./stream-stages";

const COMPILERS: ReadonlyMap<string, StageCompiler> = new Map(
  Object.entries({ ...eachStages, ...streamStages, ...groupStages, ...bucketStages, ...lookupStages }),
);

/** Stages that make documents instead of reading the collection; the server supplies them. */
const SOURCES = new Set([
  "$collStats",
  "$indexStats",
  "$currentOp",
  "$listSessions",
  "$listLocalSessions",
  "$changeStream",
  "$planCacheStats",
  "$listCatalog",
  "$queryStats",
  "$documents",
]);

const SEARCH =
  "Using Atlas Search Database Commands and the $listSearchIndexes aggregation stage requires additional configuration. Please connect to Atlas to enable.";

const CODES: Record<string, [number, string]> = {
  $geoNear: [291, "unable to find index for $geoNear query"],
  $search: [31082, SEARCH],
  $listSearchIndexes: [31082, SEARCH],
  $searchMeta: [31082, SEARCH],
  $vectorSearch: [31082, SEARCH],
};

/** The stages of a pipeline as a command holds it: an array value, a list of documents, or already taken apart. */
export function stagesOf(pipeline: Raw | readonly (Raw | DocumentLike)[]): Raw[] {
  if (Array.isArray(pipeline))
    return pipeline.map((stage) => (isRaw(stage) ? stage : rawDocument(stage as DocumentLike)));
  return itemsOf(pipeline as Raw);
}

function isRaw(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && "elementStart" in value;
}

interface NamedStage {
  readonly name: string;
  readonly spec: Raw;
}

function namedStages(pipeline: readonly Raw[]): NamedStage[] {
  return pipeline.map((stage) => {
    if (!stage.isObject) throw commandError(14, "Each element of the 'pipeline' array must be an object");
    const fields = fieldsOf(stage);
    if (fields.length !== 1)
      throw commandError(40323, "A pipeline stage specification object must contain exactly one field.");
    return { name: fields[0]!.name, spec: fields[0]!.value };
  });
}

export interface SplitPipeline {
  /** Of all leading $match stages. */
  readonly filter: Buffer | null;
  readonly sort: Buffer | null;
  /** Only with nothing but $match and $sort in front of it. */
  readonly limit: number | null;
  readonly rest: readonly Raw[];
}

/** Takes from the front what the collection itself can answer, with an index perhaps. */
export function splitPipeline(pipeline: Raw | readonly (Raw | DocumentLike)[]): SplitPipeline {
  const raw = stagesOf(pipeline);
  const stages = namedStages(raw);
  let at = 0;
  const filters: Raw[] = [];
  while (stages[at]?.name === "$match" && stages[at]!.spec.isObject) filters.push(stages[at++]!.spec);
  let sort: Buffer | null = null;
  if (stages[at]?.name === "$sort" && stages[at]!.spec.isObject && fieldsOf(stages[at]!.spec).length > 0) {
    sort = stages[at++]!.spec.bytes();
  }
  const limit = limitOf(stages[at]);
  if (limit !== null) at += 1;
  return { filter: joinFilters(filters), sort, limit, rest: raw.slice(at) };
}

function joinFilters(filters: readonly Raw[]): Buffer | null {
  if (filters.length === 0) return null;
  if (filters.length === 1) return filters[0]!.bytes();
  return rawObject([{ name: "$and", value: rawArray(filters) }]).bytes();
}

export interface Aggregation {
  readonly pipeline: Raw | readonly (Raw | DocumentLike)[];
  /** The documents in front of the first stage. Stages that make documents ignore it. */
  readonly source: AsyncIterable<Buffer>;
  readonly context: AggregationContext;
}

/**
 * Runs a pipeline. Malformed stages are refused at once, before anything is read; documents flow as bytes, and stages
 * that do not change them pass them on. Close the iterator to stop early: sources are closed with it.
 */
export function runAggregation({ pipeline, source, context }: Aggregation): AsyncIterable<Buffer> {
  return run(stagesOf(pipeline), source, context);
}

/** True when the first stage makes its own documents, so that no collection has to be opened. */
export function startsWithSource(pipeline: Raw | readonly (Raw | DocumentLike)[]): boolean {
  const [first] = namedStages(stagesOf(pipeline));
  return first !== undefined && SOURCES.has(first.name);
}

function run(
  pipeline: readonly Raw[],
  source: AsyncIterable<Buffer>,
  context: AggregationContext,
): AsyncIterable<Buffer> {
  const stages = namedStages(pipeline);
  let stream = source;
  let pending: EachStage[] = [];
  const flush = (): void => {
    if (pending.length > 0) stream = fused(pending, stream);
    pending = [];
  };
  stages.forEach((stage, i) => {
    assertPosition(stage.name, i, stages.length);
    if (SOURCES.has(stage.name)) {
      stream = sourceStage(stage, context);
      return;
    }
    if (stage.name === "$out" || stage.name === "$merge") {
      flush();
      stream = written({ name: stage.name, spec: stage.spec }, stream, context);
      return;
    }
    const compiled = compileStage(stage, context, limitOf(stages[i + 1]));
    if (compiled.kind === "each") pending.push(compiled);
    else {
      flush();
      stream = compiled.stream(stream);
    }
  });
  flush();
  return stream;
}

function assertPosition(name: string, at: number, count: number): void {
  if ((name === "$out" || name === "$merge") && at !== count - 1) {
    throw commandError(40601, `${name} can only be the final stage in the pipeline`);
  }
  if (SOURCES.has(name) && at !== 0)
    throw commandError(40602, `${name} is only valid as the first stage in a pipeline.`);
}

function limitOf(stage: NamedStage | undefined): number | null {
  if (stage?.name !== "$limit" || !stage.spec.isNumber) return null;
  const count = exactInt64(stage.spec);
  return count !== null && count > 0n ? Number(count) : null;
}

function compileStage({ name, spec }: NamedStage, context: AggregationContext, limit: number | null = null): Stage {
  const compiler = COMPILERS.get(name);
  if (compiler) return compiler(spec, context, { name, limit, run, query });
  const known = CODES[name];
  if (known) throw commandError(known[0], known[1]);
  throw commandError(40324, `Unrecognized pipeline stage name: '${name}'`);
}

function query(collection: string, pipeline: readonly Raw[], context: AggregationContext): AsyncIterable<Buffer> {
  if (startsWithSource(pipeline)) return run(pipeline, fromArray([]), context);
  const { filter, rest } = splitPipeline(pipeline);
  if (filter === null || refersTo(filter, context.lookupVariables ?? [])) {
    return run(pipeline, context.openCollection!(collection, []), context);
  }
  const stages = pipeline.slice(0, pipeline.length - rest.length).map((stage) => stage.bytes());
  return run(rest, context.openCollection!(collection, stages), context);
}

/** True when a filter may use one of the variables; text that only looks so is enough. */
function refersTo(filter: Buffer, names: readonly string[]): boolean {
  return names.some((name) => filter.includes(`$$${name}`));
}

function sourceStage({ name, spec }: NamedStage, context: AggregationContext): AsyncIterable<Buffer> {
  if (name === "$documents") {
    const value = documentExpression(spec, context)(rawObject([]));
    if (!value.isArray || !itemsOf(value).every((item) => item.isObject)) {
      throw commandError(5858203, "an array of objects is expected for $documents");
    }
    return fromArray(itemsOf(value).map((item) => item.bytes()));
  }
  const made = context.special?.(name, spec);
  if (made === undefined) throw commandError(40324, `Unrecognized pipeline stage name: '${name}'`);
  return made;
}

async function* written(
  stage: { name: "$out" | "$merge"; spec: Raw },
  source: AsyncIterable<Buffer>,
  context: AggregationContext,
): AsyncIterable<Buffer> {
  if (!context.write) throw commandError(238, `${stage.name} is not supported here`);
  await context.write(stage, source);
  yield* [];
}

/** Several stages of one document each as one step, without a generator between them. */
async function* fused(stages: readonly EachStage[], source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let out: Buffer[] = [];
  let first: (doc: Buffer) => void = (doc) => out.push(doc);
  for (const stage of [...stages].reverse()) {
    const next = first;
    first = (doc) => stage.each(doc, next);
  }
  for await (const doc of source) {
    first(doc);
    if (out.length === 0) continue;
    const batch = out;
    out = [];
    yield* batch;
  }
}

/** Compiles a pipeline of one-document stages to a function; for update pipelines. Throws 72 for other stages. */
export function compileEach(
  pipeline: readonly Raw[],
  context: AggregationContext,
  allowed: readonly string[],
): (doc: Buffer) => Buffer {
  const stages = namedStages(pipeline).map((stage) => {
    if (!COMPILERS.has(stage.name)) throw commandError(40324, `Unrecognized pipeline stage name: '${stage.name}'`);
    if (!allowed.includes(stage.name))
      throw commandError(72, `${stage.name} is not allowed to be used within an update`);
    return compileStage(stage, context) as EachStage;
  });
  return (doc) =>
    stages.reduce((current, stage) => {
      let next = current;
      stage.each(current, (made) => {
        next = made;
      });
      return next;
    }, doc);
}
