import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import { followPath, fieldPath } from "../expressions/compile";
import { compileFilter } from "../filter";
import { fieldKey, pathTuples } from "../path-tuples";
import {
  documentOf,
  fieldOf,
  fieldsOf,
  itemsOf,
  MISSING,
  NULL,
  rawArray,
  rawDocument,
  rawObject,
  Raw,
  rawOf,
  type Field,
} from "../raw";
import { freeze, open, TreeObject } from "../update/tree";
import { documentExpression } from "./each-stages";
import { fromArray, toArray, type AggregationContext, type StageCompiler, type StageTools } from "./stage";

const FOREIGN_BYTES_MAX = 32 * 1024 * 1024;

interface LookupSpec {
  readonly from: string;
  readonly as: readonly string[];
  readonly local: readonly string[] | null;
  readonly foreign: string | null;
  readonly pipeline: readonly Raw[] | null;
  readonly variables: readonly { readonly name: string; readonly value: (doc: Raw) => Raw }[];
}

function parseLookup(spec: Raw, context: AggregationContext): LookupSpec {
  if (!spec.isObject) throw commandError(9, "the $lookup specification must be an Object");
  const options = new Map(fieldsOf(spec).map((field) => [field.name, field.value]));
  for (const name of options.keys()) {
    if (!["from", "as", "localField", "foreignField", "pipeline", "let"].includes(name))
      throw commandError(9, `unknown argument to $lookup: ${name}`);
  }
  const text = (name: string): string | null => {
    const value = options.get(name);
    if (value !== undefined && !value.isString) throw commandError(9, `$lookup argument '${name}' must be a string`);
    return value?.text() ?? null;
  };
  const as = text("as");
  if (as === null) throw commandError(9, "must specify 'as' field for a $lookup");
  const local = text("localField");
  const foreign = text("foreignField");
  const pipeline = options.get("pipeline");
  if ((local === null) !== (foreign === null))
    throw commandError(9, "$lookup requires both or neither of 'localField' and 'foreignField' to be specified");
  if (local === null && pipeline === undefined)
    throw commandError(9, "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
  if (pipeline !== undefined && !pipeline.isArray)
    throw commandError(9, "'pipeline' option must be specified as an array");
  if (options.has("let") && pipeline === undefined)
    throw commandError(9, "$lookup with a 'let' argument must also specify 'pipeline'");
  return {
    from: collectionOf(options.get("from")),
    as: fieldPath(as),
    local: local === null ? null : fieldPath(local),
    foreign,
    pipeline: pipeline === undefined ? null : itemsOf(pipeline),
    variables: options.has("let")
      ? fieldsOf(options.get("let")!).map(({ name, value }) => ({ name, value: documentExpression(value, context) }))
      : [],
  };
}

function collectionOf(from: Raw | undefined): string {
  if (from === undefined) throw commandError(9, "missing 'from' option to $lookup stage specification");
  if (!from.isString) throw commandError(9, "$lookup argument 'from' must be a string");
  return from.text();
}

/** {$match: filter}, for openCollection. */
function matchStage(filter: Buffer): Buffer {
  return documentOf([{ name: "$match", value: rawDocument(filter) }]);
}

/** The values that a document looks for: each element of an array, null where there is nothing. */
function localValues(doc: Raw, path: readonly string[]): Raw[] {
  const value = followPath(doc, path, 0);
  if (value === MISSING) return [NULL];
  return value.isArray ? itemsOf(value) : [value];
}

/** {foreign: {$in: […]}}, with patterns compared as values. */
function joinFilter(foreign: string, values: readonly Raw[]): Buffer {
  const condition = (name: string, value: Raw): Raw =>
    rawObject([{ name: foreign, value: rawObject([{ name, value }]) }]);
  const patterns = values.filter((value) => value.type === BSON_TYPE.regex);
  const others = values.filter((value) => value.type !== BSON_TYPE.regex && value.type !== BSON_TYPE.undefined);
  if (patterns.length === 0 && others.length === 1) return condition("$eq", others[0]!).bytes();
  const clauses = [condition("$in", rawArray(others)), ...patterns.map((pattern) => condition("$eq", pattern))];
  return clauses.length === 1 ? clauses[0]!.bytes() : documentOf([{ name: "$or", value: rawArray(clauses) }]);
}

/**
 * The foreign side of an equality join, read once when it is small: candidates by key, always asked again with the
 * filter. Null when it is too large or has documents that an index could not hold; then every document asks the source.
 */
class ForeignTable {
  readonly #byKey = new Map<string, Buffer[]>();

  constructor(
    readonly docs: readonly Buffer[],
    foreign: string,
    readonly context: AggregationContext,
  ) {
    for (const doc of docs) {
      const { tuples } = pathTuples([foreign.split(".")], rawDocument(doc));
      const keys = new Set(tuples.map(([value]) => this.#key(value === MISSING ? NULL : value!)));
      for (const key of keys) {
        const list = this.#byKey.get(key);
        if (list) list.push(doc);
        else this.#byKey.set(key, [doc]);
      }
    }
  }

  #key(value: Raw): string {
    return fieldKey(value, false, this.context.collation).toString("latin1");
  }

  /** Candidates in stored order. Whole arrays have no key of their own. */
  candidates(values: readonly Raw[]): readonly Buffer[] {
    if (values.some((value) => value.isArray)) return this.docs;
    if (values.length === 1) return this.#byKey.get(this.#key(values[0]!)) ?? [];
    const found = new Set(values.flatMap((value) => this.#byKey.get(this.#key(value)) ?? []));
    return this.docs.filter((doc) => found.has(doc));
  }
}

async function readForeign(spec: LookupSpec, context: AggregationContext): Promise<ForeignTable | null> {
  const docs: Buffer[] = [];
  let bytes = 0;
  for await (const doc of context.openCollection!(spec.from, [])) {
    bytes += doc.length;
    if (bytes > FOREIGN_BYTES_MAX) return null;
    docs.push(doc);
  }
  try {
    return new ForeignTable(docs, spec.foreign!, context);
  } catch {
    return null;
  }
}

async function* joined(
  spec: LookupSpec,
  source: AsyncIterable<Buffer>,
  context: AggregationContext,
  tools: StageTools,
): AsyncIterable<Buffer> {
  let table: ForeignTable | null = null;
  let results: readonly Buffer[] | null = null;
  let first = true;
  const names = spec.variables.map((variable) => variable.name);
  for await (const doc of source) {
    const root = rawDocument(doc);
    if (first && spec.local !== null) table = await readForeign(spec, context);
    first = false;
    const variables: Record<string, Raw> = { ...context.variables };
    for (const { name, value } of spec.variables) variables[name] = value(root);
    const inner = { ...context, variables, lookupVariables: [...(context.lookupVariables ?? []), ...names] };
    if (spec.local === null) {
      const found: readonly Buffer[] = results ?? (await toArray(tools.query(spec.from, spec.pipeline!, inner)));
      if (spec.variables.length === 0) results = found;
      yield withArray(root, spec.as, found);
      continue;
    }
    const values = localValues(root, spec.local);
    const filter = joinFilter(spec.foreign!, values);
    const matches = values.length === 0 ? [] : await matched(table, values, filter, spec, inner);
    const found = spec.pipeline === null ? matches : await toArray(tools.run(spec.pipeline, fromArray(matches), inner));
    yield withArray(root, spec.as, found);
  }
}

async function matched(
  table: ForeignTable | null,
  values: readonly Raw[],
  filter: Buffer,
  spec: LookupSpec,
  context: AggregationContext,
): Promise<readonly Buffer[]> {
  if (table !== null) return table.candidates(values).filter(compileFilter(filter, context));
  return toArray(context.openCollection!(spec.from, [matchStage(filter)]));
}

/** The document with the found ones in an array at a path. */
function withArray(doc: Raw, path: readonly string[], found: readonly Buffer[]): Buffer {
  const value = rawArray(found.map((each) => new Raw(each, BSON_TYPE.object, 0, each.length)));
  const root = open(doc) as TreeObject;
  let node = root;
  for (const part of path.slice(0, -1)) {
    const known = node.find(part);
    const next = known === undefined ? null : open(known.value);
    const container = next instanceof TreeObject ? next : new TreeObject([]);
    node.set(part, container);
    node = container;
  }
  node.set(path.at(-1)!, value);
  return freeze(root).bytes();
}

function assertOpens(name: string, context: AggregationContext): void {
  if (!context.openCollection) throw commandError(238, `${name} is not supported here`);
}

const lookup: StageCompiler = (spec, context, tools) => {
  const parsed = parseLookup(spec, context);
  assertOpens("$lookup", context);
  return { kind: "stream", stream: (source) => joined(parsed, source, context, tools) };
};

const unionWith: StageCompiler = (spec, context, tools) => {
  const options = new Map<string, Raw>(
    spec.isObject ? fieldsOf(spec).map((field: Field) => [field.name, field.value]) : [],
  );
  const collection = spec.isString ? spec : options.get("coll");
  if (!collection?.isString)
    throw commandError(9, "the $unionWith stage specification must be an object or string, with 'coll'");
  assertOpens("$unionWith", context);
  const pipeline = options.get("pipeline");
  const name = collection.text();
  return {
    kind: "stream",
    stream: async function* (source) {
      yield* source;
      yield* tools.query(name, pipeline ? itemsOf(pipeline) : [], context);
    },
  };
};

/** Breadth first over {connectToField: value}, each document once. */
const graphLookup: StageCompiler = (spec, context) => {
  if (!spec.isObject) throw commandError(40327, "the $graphLookup stage specification must be an object");
  const options = new Map(fieldsOf(spec).map((field) => [field.name, field.value]));
  const text = (name: string): string => {
    const value = options.get(name);
    if (!value?.isString) throw commandError(40105, `$graphLookup requires '${name}' as a string`);
    return value.text();
  };
  const from = text("from");
  const as = fieldPath(text("as"));
  const connectFrom = fieldPath(text("connectFromField"));
  const connectTo = text("connectToField");
  if (!options.has("startWith")) throw commandError(40105, "$graphLookup requires 'startWith'");
  const start = documentExpression(options.get("startWith")!, context);
  const maxDepth = options.has("maxDepth")
    ? Number(options.get("maxDepth")!.buf.readInt32LE(options.get("maxDepth")!.start))
    : Infinity;
  if (options.has("maxDepth") && options.get("maxDepth")!.type !== BSON_TYPE.int32)
    throw commandError(40100, "maxDepth requires an int argument");
  const depthField = options.has("depthField") ? text("depthField") : null;
  const restrict = options.get("restrictSearchWithMatch");
  const restricted = restrict ? compileFilter(restrict.bytes(), context) : () => true;
  assertOpens("$graphLookup", context);
  return {
    kind: "stream",
    stream: async function* (source) {
      for await (const doc of source) {
        const root = rawDocument(doc);
        const begin = start(root);
        let frontier = begin.isArray ? itemsOf(begin) : begin === MISSING ? [NULL] : [begin];
        const found = new Map<string, Buffer>();
        for (let depth = 0; depth <= maxDepth && frontier.length > 0; depth += 1) {
          const next: Raw[] = [];
          const filter = joinFilter(connectTo, frontier);
          for await (const other of context.openCollection!(from, [matchStage(filter)])) {
            const raw = rawDocument(other);
            const key = fieldKey(fieldOf(raw, "_id") ?? NULL, false).toString("latin1");
            if (found.has(key) || !restricted(other)) continue;
            const kept =
              depthField === null
                ? other
                : documentOf([...fieldsOf(raw), { name: depthField, value: rawOf(BigInt(depth)) }]);
            found.set(key, kept);
            next.push(...localValues(raw, connectFrom).filter((value) => !value.isNullish));
          }
          frontier = next;
        }
        yield withArray(root, as, [...found.values()]);
      }
    },
  };
};

export const lookupStages: Readonly<Record<string, StageCompiler>> = {
  $lookup: lookup,
  $unionWith: unionWith,
  $graphLookup: graphLookup,
};
