import { commandError } from "../../command-error";
import { exactInt64, rawInteger } from "../numbers";
import { documentOf, fieldOf, fieldsOf, itemsOf, rawArray, rawObject, Raw } from "../raw";
import { BSON_TYPE } from "@/server/engine/bson/document";
import { compileSort, SortBuffer } from "../sort";
import { fromArray, MEMORY_BYTES_MAX, toArray, type StageCompiler, type StreamStage } from "./stage";

function stream(run: (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>): StreamStage {
  return { kind: "stream", stream: run };
}

/** The number of $limit, $skip and $sample. */
function countOf(name: string, code: number, value: Raw, min: bigint): number {
  const count = value.isNumber ? exactInt64(value) : null;
  if (count === null) throw commandError(code, `invalid argument to ${name} stage: Expected an integer`);
  if (count < min)
    throw commandError(
      min === 1n ? 15958 : code,
      min === 1n ? "the limit must be positive" : `invalid argument to ${name} stage: Expected a non-negative number`,
    );
  return Number(count);
}

const limit: StageCompiler = (spec) => {
  const count = countOf("$limit", 5107201, spec, 1n);
  return stream(async function* (source) {
    let left = count;
    for await (const doc of source) {
      yield doc;
      left -= 1;
      if (left === 0) return;
    }
  });
};

const skip: StageCompiler = (spec) => {
  const count = countOf("$skip", 5107200, spec, 0n);
  return stream(async function* (source) {
    let left = count;
    for await (const doc of source) {
      if (left > 0) left -= 1;
      else yield doc;
    }
  });
};

const sort: StageCompiler = (spec, { collation }, tools) => {
  if (!spec.isObject) throw commandError(15973, "the $sort key specification must be an object");
  if (fieldsOf(spec).length === 0) throw commandError(15976, "$sort stage must have at least one sort key");
  const compiled = compileSort(spec.bytes(), { collation });
  return stream(async function* (source) {
    const buffer = new SortBuffer(compiled, tools.limit ?? Infinity);
    for await (const doc of source) buffer.add(doc);
    yield* buffer.finish();
  });
};

const count: StageCompiler = (spec) => {
  const name = spec.isString ? spec.text() : "";
  if (!spec.isString || name === "") throw commandError(40156, "the count field must be a non-empty string");
  if (name.startsWith("$")) throw commandError(40158, "the count field cannot be a $-prefixed path");
  if (name.includes(".")) throw commandError(40160, "the count field cannot contain '.'");
  return stream(async function* (source) {
    let total = 0n;
    for await (const doc of source) total += doc.length > 0 ? 1n : 0n;
    if (total > 0n) yield documentOf([{ name, value: rawInteger(total) }]);
  });
};

const sample: StageCompiler = (spec) => {
  const size = spec.isObject ? fieldOf(spec, "size") : null;
  if (!spec.isObject) throw commandError(28745, "the $sample stage specification must be an object");
  if (size === null) throw commandError(28749, "$sample stage must specify a size");
  if (!size.isNumber) throw commandError(28746, "size argument to $sample must be a number");
  const wanted = countOf("$sample", 28747, size, 0n);
  return stream(async function* (source) {
    const kept: Buffer[] = [];
    let seen = 0;
    for await (const doc of source) {
      seen += 1;
      const at = Math.floor(Math.random() * seen);
      if (kept.length < wanted) kept.splice(Math.floor(Math.random() * (kept.length + 1)), 0, doc);
      else if (at < wanted) kept[at] = doc;
    }
    yield* kept;
  });
};

const facet: StageCompiler = (spec, context, tools) => {
  if (!spec.isObject || fieldsOf(spec).length === 0)
    throw commandError(40169, "the $facet specification must be a non-empty object");
  const facets = fieldsOf(spec).map(({ name, value }) => {
    if (!value.isArray) throw commandError(40170, `arguments to $facet must be arrays, ${name} is not`);
    const pipeline = itemsOf(value);
    for (const stage of pipeline) {
      const inner = stage.isObject ? fieldsOf(stage)[0]?.name : undefined;
      if (inner && ["$facet", "$out", "$merge", "$collStats", "$indexStats", "$geoNear"].includes(inner)) {
        throw commandError(40600, `${inner} is not allowed to be used within a $facet stage`);
      }
    }
    return { name, pipeline };
  });
  // Compiled once without documents, so that a mistake is refused before anything is read.
  for (const { pipeline } of facets) tools.run(pipeline, fromArray([]), context);
  return stream(async function* (source) {
    const docs: Buffer[] = [];
    let bytes = 0;
    for await (const doc of source) {
      bytes += doc.length;
      if (bytes > MEMORY_BYTES_MAX)
        throw commandError(292, "Exceeded memory limit for $facet, but did not opt in to external sorting.");
      docs.push(doc);
    }
    const out = [];
    for (const { name, pipeline } of facets) {
      const results = await toArray(tools.run(pipeline, fromArray(docs), context));
      const values = results.map((doc) => new Raw(doc, BSON_TYPE.object, 0, doc.length));
      out.push({ name, value: rawArray(values) });
    }
    yield rawObject(out).bytes();
  });
};

export const streamStages: Readonly<Record<string, StageCompiler>> = {
  $limit: limit,
  $skip: skip,
  $sort: sort,
  $count: count,
  $sample: sample,
  $facet: facet,
};
