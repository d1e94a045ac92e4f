import { commandError } from "../../command-error";
import { canonicalRank, compareRaw } from "../compare";
import { constantOf, compileContext } from "../expressions/compile";
import { accumulators } from "../expressions/accumulators";
import { exactInt64 } from "../numbers";
import {
  documentOf,
  fieldOf,
  fieldsOf,
  itemsOf,
  MISSING,
  NULL,
  rawDocument,
  rawInt32,
  rawObject,
  type Raw,
} from "../raw";
import { documentExpression } from "./each-stages";
import { groupBy, groupField, type GroupField } from "./group";
import type { AggregationContext, StageCompiler } from "./stage";

function optionsOf(name: string, spec: Raw, known: readonly string[]): Map<string, Raw> {
  if (!spec.isObject) throw commandError(40201, `Argument to ${name} stage must be an object`);
  const options = new Map(fieldsOf(spec).map((field) => [field.name, field.value]));
  for (const option of options.keys()) {
    if (!known.includes(option)) throw commandError(40197, `Unrecognized option to ${name}: ${option}.`);
  }
  return options;
}

function outputFields(output: Raw | undefined, context: AggregationContext): GroupField[] {
  if (output === undefined)
    return [{ name: "count", create: () => accumulators.$sum!(null), value: () => rawInt32(1) }];
  return fieldsOf(output).map((field) => groupField(field, context));
}

const bucket: StageCompiler = (spec, context) => {
  const options = optionsOf("$bucket", spec, ["groupBy", "boundaries", "default", "output"]);
  const by = options.get("groupBy");
  const given = options.get("boundaries");
  if (by === undefined || given === undefined)
    throw commandError(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
  if (!given.isArray) throw commandError(40200, "The $bucket 'boundaries' field must be an array");
  const constants = compileContext(context.collation);
  const boundaries = itemsOf(given).map((item) => constantOf(item, constants));
  if (boundaries.length < 2) throw commandError(40192, "The $bucket 'boundaries' field must have at least 2 values");
  boundaries.slice(1).forEach((boundary, i) => {
    if (canonicalRank(boundary.type) !== canonicalRank(boundaries[i]!.type))
      throw commandError(40193, "All values in the 'boundaries' option to $bucket must have the same type.");
    if (compareRaw(boundaries[i]!, boundary, context.collation) >= 0)
      throw commandError(40194, "The 'boundaries' option to $bucket must be sorted in ascending order.");
  });
  const fallback = options.has("default") ? constantOf(options.get("default")!, constants) : null;
  const value = documentExpression(by, context);
  const id = (doc: Raw): Raw => {
    const found = value(doc);
    const subject = found === MISSING ? NULL : found;
    const at = boundaries.findIndex((boundary) => compareRaw(subject, boundary, context.collation) < 0);
    if (at > 0) return boundaries[at - 1]!;
    if (fallback === null)
      throw commandError(40066, "$switch could not find a matching branch for an input, and no default was specified.");
    return fallback;
  };
  const idOf = (doc: Buffer): Raw => fieldOf(rawDocument(doc), "_id")!;
  return groupBy(id, outputFields(options.get("output"), context), context, (groups) =>
    groups.sort((a, b) => compareRaw(idOf(a), idOf(b), context.collation)),
  );
};

const bucketAuto: StageCompiler = (spec, context) => {
  const options = optionsOf("$bucketAuto", spec, ["groupBy", "buckets", "output", "granularity"]);
  const by = options.get("groupBy");
  const wanted = options.get("buckets");
  if (by === undefined || wanted === undefined)
    throw commandError(40246, "$bucketAuto requires 'groupBy' and 'buckets' to be specified.");
  if (options.has("granularity"))
    throw commandError(238, "the 'granularity' of $bucketAuto is not supported by this server");
  const count = wanted.isNumber ? Number(exactInt64(wanted) ?? 0n) : 0;
  if (count <= 0) throw commandError(40243, "The $bucketAuto 'buckets' field must be greater than 0");
  const value = documentExpression(by, context);
  const fields = outputFields(options.get("output"), context);
  return {
    kind: "stream",
    stream: async function* (source) {
      const entries: { value: Raw; doc: Raw }[] = [];
      for await (const doc of source) {
        const root = rawDocument(doc);
        const found = value(root);
        entries.push({ value: found === MISSING ? NULL : found, doc: root });
      }
      entries.sort((a, b) => compareRaw(a.value, b.value, context.collation));
      const size = Math.max(1, Math.round(entries.length / count));
      let at = 0;
      for (let i = 0; i < count && at < entries.length; i += 1) {
        let end = i === count - 1 ? entries.length : Math.min(entries.length, at + size);
        // Equal values stay in one bucket.
        while (
          end < entries.length &&
          compareRaw(entries[end - 1]!.value, entries[end]!.value, context.collation) === 0
        )
          end += 1;
        const made = fields.map((field) => field.create());
        for (const entry of entries.slice(at, end)) fields.forEach((field, f) => made[f]!.add(field.value(entry.doc)));
        const max = end < entries.length ? entries[end]!.value : entries[end - 1]!.value;
        const bounds = rawObject([
          { name: "min", value: entries[at]!.value },
          { name: "max", value: max },
        ]);
        yield documentOf([
          { name: "_id", value: bounds },
          ...fields.map((field, f) => ({ name: field.name, value: made[f]!.result() })),
        ]);
        at = end;
      }
    },
  };
};

export const bucketStages: Readonly<Record<string, StageCompiler>> = { $bucket: bucket, $bucketAuto: bucketAuto };
