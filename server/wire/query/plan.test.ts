import { Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId } from "bson";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeIdKey } from "@/server/engine/bson/key";
import { compileFilter } from "./filter";
import { compileIndex, indexKeys, type IndexSpec } from "./index-keys";
import { ID_INDEX, planQuery, type QueryPlan } from "./plan";
import { toBytes } from "./raw";
import { compileSort, sortDocuments } from "./sort";

const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  fc.constantFrom<unknown>(
    null,
    new Double(1.5),
    Long.fromNumber(2),
    Decimal128.fromString("1.0"),
    NaN,
    "a",
    "a\0b",
    "ab",
    "b",
    "",
    true,
    { x: 1 },
    {},
    new MinKey(),
    new MaxKey(),
    new Date(5),
    new ObjectId("000000000000000000000001"),
  ),
);
const value = fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(scalar, { maxLength: 3 }), fc.record({ c: scalar }));
const documents = fc.array(
  fc.record(
    {
      a: value,
      b: value,
      d: fc.oneof(value, fc.array(fc.record({ c: scalar }, { requiredKeys: [] }), { maxLength: 3 })),
    },
    { requiredKeys: [] },
  ),
  { minLength: 1, maxLength: 12 },
);
const path = fc.constantFrom("a", "b", "d.c", "d", "_id");
const condition = fc.oneof(
  scalar,
  scalar.filter((v) => typeof v === "number" || typeof v === "string").map((v) => ({ $gt: v })),
  scalar.map((v) => ({ $gte: v })),
  scalar.map((v) => ({ $lt: v })),
  scalar.map((v) => ({ $lte: v })),
  scalar.map((v) => ({ $ne: v })),
  fc.array(scalar, { maxLength: 3 }).map((v) => ({ $in: v })),
  fc.tuple(scalar, scalar).map(([x, y]) => ({ $gt: x, $lte: y })),
  fc.constantFrom(
    { $exists: true },
    { $exists: false },
    { $elemMatch: { $gt: 1, $lt: 3 } },
    { $elemMatch: { c: 1 } },
    { $regex: "^a" },
    { $type: "int" },
  ),
);
const filters = fc.dictionary(path, condition, { maxKeys: 3 });
const direction = fc.constantFrom(1, -1);
const indexes = fc.array(
  fc.record({
    key: fc
      .uniqueArray(
        fc.tuple(
          path.filter((p) => p !== "_id"),
          direction,
        ),
        { selector: ([p]) => p, minLength: 1, maxLength: 3 },
      )
      .map((k) => Object.fromEntries(k)),
    sparse: fc.boolean(),
    partial: fc.option(
      fc.constantFrom(
        { a: { $gt: 0 } },
        { a: { $exists: true } },
        { b: "a" },
        { a: { $gte: 1 }, b: { $exists: true } },
      ),
      { nil: undefined },
    ),
  }),
  { maxLength: 3 },
);

interface Entry {
  key: Buffer;
  doc: Buffer;
}

/** A store as the server keeps it: entries in byte order, each key followed by the record's own key. */
function entriesOf(spec: IndexSpec, docs: Buffer[]): Entry[] {
  const rows = docs.flatMap((doc) =>
    spec.name === "_id_"
      ? [{ key: encodeIdKey(doc), doc }]
      : indexKeys(spec, doc).map((key) => ({ key: Buffer.concat([key, encodeIdKey(doc)]), doc })),
  );
  return rows.sort((x, y) => x.key.compare(y.key));
}

function candidates(plan: QueryPlan, docs: Buffer[]): Buffer[] {
  if (plan.stage === "EOF") return [];
  if (plan.stage === "COLLSCAN") return plan.direction === 1 ? docs : [...docs].reverse();
  if (plan.stage === "IDHACK") return docs.filter((doc) => encodeIdKey(doc).equals(plan.key));
  const entries = entriesOf(plan.index, docs);
  const found = plan.ranges.flatMap((range) =>
    entries.filter((e) => e.key.compare(range.from) >= 0 && e.key.compare(range.to) < 0).map((e) => e.doc),
  );
  if (plan.direction === -1) found.reverse();
  return plan.dedupe ? [...new Set(found)] : found;
}

function withMultikey(spec: IndexSpec, docs: Buffer[]): IndexSpec | null {
  try {
    return { ...spec, multikey: docs.map((doc) => compileIndex(spec).keys(doc).multikey).includes(true) };
  } catch {
    return null; // parallel arrays: the server would have refused the documents
  }
}

describe("plans", () => {
  it("never lose a document and keep the order they promise", async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        filters,
        indexes,
        fc.array(fc.tuple(path, direction), { maxLength: 2 }),
        async (rows, filter, specs, order) => {
          const docs = rows.map((row, i) => toBytes({ _id: i, ...row }));
          const available = [ID_INDEX];
          specs.forEach((spec, i) => {
            const made = withMultikey(
              { name: `i${i}`, key: spec.key, sparse: spec.sparse, partialFilterExpression: spec.partial },
              docs,
            );
            if (made) available.push(made);
          });
          const sort = Object.fromEntries(order);
          const plan = planQuery({ filter, sort, indexes: available });
          const matches = compileFilter(filter);
          const got = candidates(plan, docs).filter(matches);
          const expected = docs.filter(matches);
          expect(got.length).toBe(new Set(got).size);
          expect(new Set(got)).toEqual(new Set(expected));
          const compiled = compileSort(sort);
          const parallel =
            withMultikey({ name: "s", key: Object.keys(sort).length ? sort : { _id: 1 } }, docs) === null;
          if (plan.sorted && compiled.fields.length > 0 && !parallel) {
            const keys = got.map((doc) => compiled.keyOf(doc));
            keys.slice(1).forEach((key, i) => expect(compiled.compareKeys(keys[i]!, key)).toBeLessThanOrEqual(0));
          }
          if (!parallel) expect(await sortDocuments(got, compiled)).toHaveLength(got.length);
        },
      ),
      { numRuns: 3000 },
    );
  });

  const a: IndexSpec = { name: "a_1", key: { a: 1 } };
  const ab: IndexSpec = {
    name: "a_1_b_-1",
    key: new Map([
      ["a", 1],
      ["b", -1],
    ]),
  };
  const name = (o: Parameters<typeof planQuery>[0]): string => {
    const plan = planQuery(o);
    return plan.stage === "IXSCAN" ? `${plan.index.name}${plan.sorted ? " sorted" : ""} ${plan.direction}` : plan.stage;
  };

  it.each<[string, Parameters<typeof planQuery>[0], string]>([
    ["by _id", { filter: { _id: 5 }, indexes: [ID_INDEX] }, "IDHACK"],
    ["range of _id", { filter: { _id: { $gt: 5 } }, indexes: [ID_INDEX] }, "_id_ sorted 1"],
    ["sorted by _id", { sort: { _id: -1 }, indexes: [ID_INDEX] }, "_id_ sorted -1"],
    ["equality", { filter: { a: 5 }, indexes: [ID_INDEX, a] }, "a_1 sorted 1"],
    ["the longer prefix wins", { filter: { a: 5, b: 1 }, indexes: [a, ab] }, "a_1_b_-1 sorted 1"],
    ["sort behind an equality", { filter: { a: 5 }, sort: { b: 1 }, indexes: [ab] }, "a_1_b_-1 sorted -1"],
    ["sort that the index does not have", { filter: { a: 5 }, sort: { c: 1 }, indexes: [ab] }, "a_1_b_-1 1"],
    ["sort without filter", { sort: { a: 1, b: -1 }, indexes: [ab] }, "a_1_b_-1 sorted 1"],
    ["sort against the index", { sort: { a: 1, b: 1 }, indexes: [ab] }, "COLLSCAN"],
    ["multikey does not sort", { filter: { a: 5 }, sort: { a: 1 }, indexes: [{ ...a, multikey: true }] }, "a_1 1"],
    ["sparse and null", { filter: { a: null }, indexes: [{ ...a, sparse: true }] }, "COLLSCAN"],
    ["sparse and a value", { filter: { a: 3 }, indexes: [{ ...a, sparse: true }] }, "a_1 sorted 1"],
    ["hidden", { filter: { a: 3 }, indexes: [{ ...a, hidden: true }] }, "COLLSCAN"],
    [
      "partial, implied",
      { filter: { a: 3 }, indexes: [{ ...a, partialFilterExpression: { a: { $gt: 1 } } }] },
      "a_1 sorted 1",
    ],
    [
      "partial, not implied",
      { filter: { a: 0 }, indexes: [{ ...a, partialFilterExpression: { a: { $gt: 1 } } }] },
      "COLLSCAN",
    ],
    ["collated index", { filter: { a: "x" }, indexes: [{ ...a, collation: { locale: "de" } }] }, "COLLSCAN"],
    ["hint by name", { filter: { b: 1 }, hint: "a_1", indexes: [a] }, "a_1 sorted 1"],
    ["hint by pattern", { filter: {}, hint: { a: new Int32(1) }, indexes: [a] }, "a_1 sorted 1"],
    ["natural hint", { filter: { a: 1 }, hint: { $natural: -1 }, indexes: [a] }, "COLLSCAN"],
    ["text index", { filter: { a: "x" }, indexes: [{ name: "t", key: { a: "text" } }] }, "COLLSCAN"],
    ["$in [] finds nothing", { filter: { a: { $in: [] } }, indexes: [a] }, "a_1 sorted 1"],
  ])("%s", (_name, request, expected) => {
    expect(name(request)).toBe(expected);
  });

  it("refuses a hint for an index that is not there", () => {
    expect(() => planQuery({ hint: "x", indexes: [a] })).toThrow(expect.objectContaining({ code: 2 }));
  });
});

describe("index keys", () => {
  it("refuses parallel arrays with 171", () => {
    expect(() => indexKeys({ name: "x", key: { a: 1, b: 1 } }, toBytes({ a: [1], b: [2] }))).toThrow(
      expect.objectContaining({ code: 171 }),
    );
  });

  it("pairs the fields of one array element", () => {
    const spec: IndexSpec = { name: "x", key: { "a.b": 1, "a.c": 1 } };
    const one = indexKeys(
      spec,
      toBytes({
        a: [
          { b: 1, c: 2 },
          { b: 3, c: 4 },
        ],
      }),
    );
    const pair = indexKeys(spec, toBytes({ a: { b: 3, c: 4 } }));
    expect(one).toHaveLength(2);
    expect(one.some((key) => key.equals(pair[0]!))).toBe(true);
  });

  it("joins equal elements and leaves out what a sparse index does", () => {
    expect(
      indexKeys({ name: "x", key: { a: 1 } }, toBytes({ a: [1, Long.fromNumber(1), new Double(1)] })),
    ).toHaveLength(1);
    expect(indexKeys({ name: "x", key: { a: 1 }, sparse: true }, toBytes({ b: 1 }))).toHaveLength(0);
    expect(indexKeys({ name: "x", key: { a: 1 } }, toBytes({ b: 1 }))).toHaveLength(1);
  });

  it("gives equal keys to strings that a collation calls equal", () => {
    const spec: IndexSpec = { name: "x", key: { a: 1 }, collation: { locale: "en", strength: 2 } };
    expect(indexKeys(spec, toBytes({ a: "ABC" }))[0]!.equals(indexKeys(spec, toBytes({ a: "abc" }))[0]!)).toBe(true);
  });
});
