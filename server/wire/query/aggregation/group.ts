import { commandError } from "../../command-error";
import { accumulators, type Accumulator } from "../expressions/accumulators";
import {
  detached,
  documentOf,
  fieldOf,
  fieldsOf,
  MISSING,
  NULL,
  rawDocument,
  rawInt32,
  type Field,
  type Raw,
} from "../raw";
import { fieldKey } from "../path-tuples";
import { documentExpression } from "./each-stages";
import { rankedAccumulator } from "./ranked-accumulators";
import { MEMORY_BYTES_MAX, type AggregationContext, type StageCompiler, type StreamStage } from "./stage";

/** One field of a group: makes an accumulator and feeds it from documents. */
export interface GroupField {
  readonly name: string;
  /** True when it keeps every value, so that memory has to be counted. */
  readonly keeps?: boolean;
  create(): Accumulator;
  value(doc: Raw): Raw;
}

const RANKED = ["$top", "$bottom", "$topN", "$bottomN", "$firstN", "$lastN", "$minN", "$maxN"];

/** Parses {name: {$sum: …}}. Throws 40234 to 40238 for malformed ones, 15952 for an unknown accumulator. */
export function groupField({ name, value }: Field, context: AggregationContext): GroupField {
  if (name.includes(".")) throw commandError(40235, `The field name '${name}' cannot contain '.'`);
  if (name.startsWith("$")) throw commandError(40236, `The field name '${name}' cannot be an operator name`);
  if (!value.isObject) throw commandError(40234, `The field '${name}' must be an accumulator object`);
  const parts = fieldsOf(value);
  if (parts.length !== 1) throw commandError(40238, `The field '${name}' must specify one accumulator`);
  const [operator] = parts;
  const spec = operator!.value;
  if (operator!.name === "$count") {
    if (!spec.isObject || fieldsOf(spec).length > 0) throw commandError(9, "$count takes no arguments, i.e. $count:{}");
    return { name, create: () => accumulators.$sum!(null), value: () => rawInt32(1) };
  }
  if (RANKED.includes(operator!.name))
    return rankedAccumulator(name, operator!.name, spec, context, documentExpression);
  const create = accumulators[operator!.name];
  if (create === undefined) throw commandError(15952, `unknown group operator '${operator!.name}'`);
  if (spec.isArray) throw commandError(40237, `The ${operator!.name} accumulator is a unary operator`);
  return {
    name,
    keeps: ["$push", "$addToSet", "$mergeObjects"].includes(operator!.name),
    create: () => create(context.collation),
    value: documentExpression(spec, context),
  };
}

interface Group {
  readonly id: Raw;
  readonly accumulators: Accumulator[];
}

/** Groups a stream by the value of `id`; the order of groups is that of their first documents. */
export function groupBy(
  id: (doc: Raw) => Raw,
  fields: readonly GroupField[],
  context: AggregationContext,
  finish: (groups: Buffer[]) => Iterable<Buffer> = (groups) => groups,
): StreamStage {
  return {
    kind: "stream",
    stream: async function* (source) {
      const groups = new Map<string, Group>();
      let bytes = 0;
      for await (const doc of source) {
        const root = rawDocument(doc);
        const found = id(root);
        const value = found === MISSING ? NULL : found;
        const key = fieldKey(value, false, context.collation).toString("latin1");
        let group = groups.get(key);
        if (group === undefined) {
          group = { id: detached(value), accumulators: fields.map((field) => field.create()) };
          groups.set(key, group);
          bytes += key.length + 200;
        }
        for (let i = 0; i < fields.length; i += 1) {
          const next = fields[i]!.value(root);
          group.accumulators[i]!.add(next);
          if (fields[i]!.keeps) bytes += next.end - next.start + 64;
        }
        if (bytes > MEMORY_BYTES_MAX) {
          throw commandError(292, "Exceeded memory limit for $group, but didn't allow external sort.");
        }
      }
      yield* finish([...groups.values()].map((group) => groupDocument(group, fields)));
    },
  };
}

function groupDocument(group: Group, fields: readonly GroupField[]): Buffer {
  return documentOf([
    { name: "_id", value: group.id },
    ...fields.map((field, i) => ({ name: field.name, value: group.accumulators[i]!.result() })),
  ]);
}

const group: StageCompiler = (spec, context) => {
  if (!spec.isObject) throw commandError(15947, "a group's fields must be specified in an object");
  const fields = fieldsOf(spec);
  const id = fieldOf(spec, "_id");
  if (id === null) throw commandError(15955, "a group specification must include an _id");
  const own = fields.filter((field) => field.name !== "_id").map((field) => groupField(field, context));
  return groupBy(documentExpression(id, context), own, context);
};

const sortByCount: StageCompiler = (spec, context) => {
  if (spec.isObject && !fieldsOf(spec)[0]?.name.startsWith("$")) {
    throw commandError(
      40147,
      "the sortByCount field must be defined as a $-prefixed path or an expression inside an object",
    );
  }
  if (spec.isString && !spec.text().startsWith("$"))
    throw commandError(
      40148,
      "the sortByCount field must be defined as a $-prefixed path or an expression inside an object",
    );
  const one: GroupField = { name: "count", create: () => accumulators.$sum!(null), value: () => rawInt32(1) };
  const countOf = (doc: Buffer): number =>
    Number(fieldOf(rawDocument(doc), "count")!.buf.readInt32LE(fieldOf(rawDocument(doc), "count")!.start));
  return groupBy(documentExpression(spec, context), [one], context, (groups) =>
    groups.sort((a, b) => countOf(b) - countOf(a)),
  );
};

export const groupStages: Readonly<Record<string, StageCompiler>> = { $group: group, $sortByCount: sortByCount };
