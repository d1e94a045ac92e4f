import { Decimal128, Double, EJSON, Int32, Long, deserialize, ObjectId, Timestamp } from "bson";
import { describe, expect, it } from "vitest";
import { compileFilter } from "../filter";
import { rawDate, toBytes } from "../raw";
import { compileProjection } from "../projection/projection";
import { applyUpdate } from "../update/update";
import { rawOf } from "../raw";
import { evaluateLet } from "../expressions/variables";
import { runAggregation, splitPipeline } from "./pipeline";
import { fromArray, toArray, type AggregationContext } from "./stage";

const show = (doc: Buffer): string => EJSON.stringify(deserialize(doc, { promoteValues: false, bsonRegExp: true }));
const shown = (doc: object): string => show(toBytes(doc));
const NOW = rawDate(1_700_000_000_000n);

function contextOf(collections: Record<string, object[]> = {}): AggregationContext {
  return {
    collation: null,
    variables: { NOW },
    openCollection: (name, stages) => {
      const source = fromArray((collections[name] ?? []).map((doc) => toBytes(doc)));
      return runAggregation({ pipeline: stages, source, context: contextOf(collections) });
    },
  };
}

async function run(docs: object[], pipeline: object[], collections: Record<string, object[]> = {}): Promise<string[]> {
  const source = fromArray(docs.map((doc) => toBytes(doc)));
  return (await toArray(runAggregation({ pipeline, source, context: contextOf(collections) }))).map(show);
}

async function evaluate(expression: unknown, doc: object = {}): Promise<string> {
  const [result] = await run([doc], [{ $replaceWith: { $mergeObjects: [{}, { v: expression }] } }]);
  return JSON.stringify((JSON.parse(result!) as { v?: unknown }).v);
}

const value = (wanted: unknown): string => JSON.stringify((JSON.parse(shown({ v: wanted })) as { v?: unknown }).v);
const date = (text: string): Date => new Date(text);
const WHEN = date("2024-02-29T13:14:15.678Z");

describe("expressions", () => {
  it.each<[unknown, unknown, object?]>([
    [{ $add: [1, 2] }, 3],
    [{ $add: [1, 2.5] }, 3.5],
    [{ $add: [2147483647, 1] }, Long.fromNumber(2147483648)],
    [{ $add: [Long.MAX_VALUE, 1] }, new Double(9223372036854775808)],
    [{ $add: [Decimal128.fromString("0.1"), 1] }, Decimal128.fromString("1.1")],
    [{ $add: [WHEN, 1000] }, date("2024-02-29T13:14:16.678Z")],
    [{ $add: [1, null] }, null],
    [{ $subtract: [WHEN, date("2024-02-29T13:14:15.000Z")] }, Long.fromNumber(678)],
    [{ $subtract: [5, Long.fromNumber(7)] }, Long.fromNumber(-2)],
    [{ $multiply: [3, 4] }, 12],
    [{ $divide: [6, 4] }, 1.5],
    [{ $divide: [6, 3] }, new Double(2)],
    [{ $divide: [Decimal128.fromString("1"), 3] }, Decimal128.fromString("0.3333333333333333333333333333333333")],
    [{ $mod: [-7, 3] }, -1],
    [{ $abs: -5 }, 5],
    [{ $round: [2.5] }, new Double(2)],
    [{ $round: [3.5, 0] }, new Double(4)],
    [{ $round: [1.255, 2] }, 1.26],
    [{ $round: [1234, -2] }, 1200],
    [{ $trunc: [-1.7] }, new Double(-1)],
    [{ $ceil: 1.2 }, new Double(2)],
    [{ $pow: [2, 10] }, 1024],
    [{ $pow: [2, -1] }, 0.5],
    [{ $sqrt: 9 }, new Double(3)],
    [{ $eq: [1, new Double(1)] }, true],
    [{ $gt: ["a", 1] }, true],
    [{ $lt: ["$missing", null] }, true],
    [{ $cmp: [1, 2] }, -1],
    [{ $and: [1, "x", {}] }, true],
    [{ $or: [0, null, ""] }, true],
    [{ $or: [0, null, "$missing"] }, false],
    [{ $not: [0] }, true],
    [{ $cond: [{ $gt: ["$a", 5] }, "big", "small"] }, "big", { a: 6 }],
    [{ $cond: { if: false, then: 1, else: 2 } }, 2],
    [{ $ifNull: ["$x", null, 7] }, 7],
    [
      {
        $switch: {
          branches: [
            { case: false, then: 1 },
            { case: true, then: 2 },
          ],
        },
      },
      2,
    ],
    [{ $let: { vars: { x: 2 }, in: { $multiply: ["$$x", "$a"] } } }, 6, { a: 3 }],
    [{ $literal: "$a" }, "$a"],
    ["$a.b", [1, 2], { a: [{ b: 1 }, { c: 1 }, { b: 2 }, 5] }],
    ["$$ROOT.a", 1, { a: 1 }],
    ["$$NOW", new Date(1_700_000_000_000)],
    [{ $arrayElemAt: [[1, 2, 3], -1] }, 3],
    [{ $first: [[1, 2]] }, 1],
    [{ $concatArrays: [[1], [2, 3]] }, [1, 2, 3]],
    [{ $filter: { input: [1, 5, 9], as: "x", cond: { $gt: ["$$x", 2] } } }, [5, 9]],
    [{ $map: { input: [1, 2], in: { $add: ["$$this", 1] } } }, [2, 3]],
    [{ $reduce: { input: [1, 2, 3], initialValue: 0, in: { $add: ["$$value", "$$this"] } } }, 6],
    [{ $in: [Long.fromNumber(2), [1, 2]] }, true],
    [{ $indexOfArray: [["a", "b"], "b"] }, 1],
    [{ $isArray: [[]] }, true],
    [{ $range: [0, 6, 2] }, [0, 2, 4]],
    [{ $reverseArray: [[1, 2]] }, [2, 1]],
    [{ $size: [[1, 2]] }, 2],
    [{ $slice: [[1, 2, 3], -2] }, [2, 3]],
    [{ $slice: [[1, 2, 3], 1, 1] }, [2]],
    [
      { $zip: { inputs: [[1, 2], ["a"]], useLongestLength: true } },
      [
        [1, "a"],
        [2, null],
      ],
    ],
    [{ $sortArray: { input: [{ x: 2 }, { x: 1 }], sortBy: { x: 1 } } }, [{ x: 1 }, { x: 2 }]],
    [
      {
        $arrayToObject: [
          [
            ["a", 1],
            ["b", 2],
          ],
        ],
      },
      { a: 1, b: 2 },
    ],
    [{ $objectToArray: { a: 1 } }, [{ k: "a", v: 1 }]],
    [{ $mergeObjects: [{ a: 1, b: 1 }, null, { a: 2 }] }, { a: 2, b: 1 }],
    [{ $getField: { field: "a.b", input: { $literal: { "a.b": 4 } } } }, 4],
    [{ $setField: { field: "z", input: "$$ROOT", value: 1 } }, { q: 2, z: 1 }, { q: 2 }],
    [
      {
        $setUnion: [
          [2, 1],
          [1, 3],
        ],
      },
      [1, 2, 3],
    ],
    [
      {
        $setIntersection: [
          [2, 1],
          [1, 3],
        ],
      },
      [1],
    ],
    [
      {
        $setDifference: [
          [2, 1],
          [1, 3],
        ],
      },
      [2],
    ],
    [
      {
        $setEquals: [
          [1, 2],
          [2, 1, 1],
        ],
      },
      true,
    ],
    [{ $setIsSubset: [[1], [2, 1]] }, true],
    [{ $concat: ["a", "b"] }, "ab"],
    [{ $concat: ["a", null] }, null],
    [{ $toUpper: "aä" }, "Aä"],
    [{ $substrCP: ["héllo", 1, 2] }, "él"],
    [{ $substrBytes: ["hello", 1, -1] }, "ello"],
    [{ $strLenCP: "né" }, 2],
    [{ $strLenBytes: "né" }, 3],
    [{ $indexOfCP: ["cafe", "f"] }, 2],
    [{ $split: ["a-b", "-"] }, ["a", "b"]],
    [{ $trim: { input: "  a " } }, "a"],
    [{ $ltrim: { input: "xxa", chars: "x" } }, "a"],
    [{ $replaceAll: { input: "aXbX", find: "X", replacement: { $literal: "$&" } } }, "a$&b$&"],
    [{ $regexMatch: { input: "Abc", regex: "^a", options: "i" } }, true],
    [{ $regexFind: { input: "abc", regex: "b(c)" } }, { match: "bc", idx: 1, captures: ["c"] }],
    [{ $toString: Long.fromNumber(5) }, "5"],
    [{ $toInt: "12" }, 12],
    [{ $toLong: 3.9 }, Long.fromNumber(3)],
    [{ $toDouble: "1e3" }, new Double(1000)],
    [{ $toDecimal: "1.10" }, Decimal128.fromString("1.10")],
    [{ $toBool: "false" }, true],
    [{ $toDate: "2024-02-29T13:14:15.678Z" }, WHEN],
    [{ $toString: WHEN }, "2024-02-29T13:14:15.678Z"],
    [{ $toObjectId: "0123456789abcdef01234567" }, new ObjectId("0123456789abcdef01234567")],
    [{ $convert: { input: "x", to: "int", onError: -1 } }, -1],
    [{ $type: "$missing" }, "missing"],
    [{ $type: [new Timestamp({ t: 1, i: 1 })] }, "timestamp"],
    [{ $isNumber: "1" }, false],
    [{ $year: WHEN }, 2024],
    [{ $dayOfYear: WHEN }, 60],
    [{ $dayOfWeek: WHEN }, 5],
    [{ $isoWeek: WHEN }, 9],
    [{ $hour: { date: WHEN, timezone: "+02:30" } }, 15],
    [{ $hour: { date: WHEN, timezone: "America/New_York" } }, 8],
    [{ $dateToString: { date: WHEN, format: "%Y/%m/%d %H:%M:%S.%L %j %V" } }, "2024/02/29 13:14:15.678 060 09"],
    [{ $dateToString: { date: WHEN } }, "2024-02-29T13:14:15.678Z"],
    [{ $dateFromString: { dateString: "29-02-2024", format: "%d-%m-%Y" } }, date("2024-02-29T00:00:00Z")],
    [{ $dateFromParts: { year: 2024, month: 14 } }, date("2025-02-01T00:00:00Z")],
    [
      { $dateToParts: { date: WHEN } },
      { year: 2024, month: 2, day: 29, hour: 13, minute: 14, second: 15, millisecond: 678 },
    ],
    [{ $dateAdd: { startDate: date("2024-01-31T00:00:00Z"), unit: "month", amount: 1 } }, date("2024-02-29T00:00:00Z")],
    [
      { $dateDiff: { startDate: date("2023-12-31T23:00:00Z"), endDate: date("2024-01-01T00:00:00Z"), unit: "year" } },
      Long.fromNumber(1),
    ],
    [{ $dateTrunc: { date: WHEN, unit: "month" } }, date("2024-02-01T00:00:00Z")],
    [{ $dateTrunc: { date: WHEN, unit: "minute", binSize: 15 } }, date("2024-02-29T13:00:00Z")],
    [{ $sum: [[1, "x", 2.5]] }, 3.5],
    [{ $avg: [1, 2] }, 1.5],
    [{ $max: [[1, 5, null]] }, 5],
    [{ $bitXor: [5, 1] }, 4],
    [
      { a: "$x", b: ["$y", "$missing"] },
      { a: 1, b: [2, null] },
      { x: 1, y: 2 },
    ],
  ])("%j is %j", async (expression, expected, doc) => {
    expect(await evaluate(expression, doc)).toBe(value(expected));
  });

  it.each<[object, number]>([
    [{ $foo: 1 }, 168],
    [{ $add: 1, $subtract: 2 }, 15983],
    [{ $add: ["x"] }, 14],
    [{ $divide: [1, 0] }, 2],
    [{ $size: 5 }, 17124],
    [{ $subtract: [1] }, 16020],
    [{ $toInt: "x" }, 241],
    [{ $concat: [1] }, 16702],
    [{ $let: { vars: {}, in: "$$nope" } }, 17276],
    [{ $function: {} }, 238],
    [{ $sqrt: Decimal128.fromString("2") }, 238],
    [{ $arrayElemAt: [5, 1] }, 28689],
  ])("%j is refused with %i", async (expression, code) => {
    await expect(evaluate(expression)).rejects.toThrow(expect.objectContaining({ code }));
  });

  it("serves $expr with variables", () => {
    const matches = compileFilter({ $expr: { $gt: ["$a", "$$limit"] } }, { variables: { limit: rawOf(5) } });
    expect([4, 6].map((a) => matches(toBytes({ a })))).toEqual([false, true]);
  });
});

describe("let of a command", () => {
  it("evaluates its values as expressions", () => {
    const found = evaluateLet({ a: { $literal: "$x" }, b: { $add: [1, 2] } }, { NOW });
    expect([found.a!.text(), found.b!.buf.readInt32LE(found.b!.start), found.NOW]).toEqual(["$x", 3, NOW]);
    expect(() => evaluateLet({ A: 1 }, {})).toThrow(expect.objectContaining({ code: 16867 }));
  });
});

describe("stages", () => {
  const SALES = [
    { _id: 1, item: "a", n: 2, tags: ["x", "y"] },
    { _id: 2, item: "b", n: 5, tags: [] },
    { _id: 3, item: "a", n: 3 },
  ];

  it.each<[string, object[], object[]]>([
    ["$match", [{ $match: { n: { $gt: 2 } } }, { $project: { n: 1, _id: 0 } }], [{ n: 5 }, { n: 3 }]],
    ["$project keeps stored order", [{ $limit: 1 }, { $project: { n: 1, item: 1 } }], [{ _id: 1, item: "a", n: 2 }]],
    [
      "$project computed",
      [{ $limit: 1 }, { $project: { _id: 0, double: { $multiply: ["$n", 2] }, "o.p": "$item" } }],
      [{ double: 4, o: { p: "a" } }],
    ],
    ["$project exclusion", [{ $limit: 1 }, { $project: { tags: 0, n: 0 } }], [{ _id: 1, item: "a" }]],
    [
      "$addFields",
      [{ $limit: 1 }, { $addFields: { n: 9, "o.x": "$item", tags: "$$REMOVE" } }],
      [{ _id: 1, item: "a", n: 9, o: { x: "a" } }],
    ],
    [
      "$addFields in arrays",
      [{ $limit: 1 }, { $set: { "tags.k": 1 } }, { $project: { tags: 1, _id: 0 } }],
      [{ tags: [{ k: 1 }, { k: 1 }] }],
    ],
    ["$unset", [{ $limit: 1 }, { $unset: ["tags", "n"] }], [{ _id: 1, item: "a" }]],
    [
      "$sort, $skip, $limit",
      [{ $sort: { item: 1, n: -1 } }, { $skip: 1 }, { $limit: 1 }, { $project: { _id: 1 } }],
      [{ _id: 1 }],
    ],
    [
      "$group",
      [
        {
          $group: {
            _id: "$item",
            total: { $sum: "$n" },
            all: { $push: "$n" },
            most: { $max: "$n" },
            avg: { $avg: "$n" },
            c: { $count: {} },
          },
        },
      ],
      [
        { _id: "a", total: 5, all: [2, 3], most: 3, avg: 2.5, c: 2 },
        { _id: "b", total: 5, all: [5], most: 5, avg: new Double(5), c: 1 },
      ],
    ],
    ["$group of everything", [{ $group: { _id: null, n: { $sum: 1 } } }], [{ _id: null, n: 3 }]],
    [
      "$group top",
      [{ $group: { _id: null, t: { $topN: { n: 2, sortBy: { n: -1 }, output: "$_id" } } } }],
      [{ _id: null, t: [2, 3] }],
    ],
    ["$count", [{ $count: "n" }], [{ n: 3 }]],
    ["$count of nothing", [{ $match: { _id: 9 } }, { $count: "n" }], []],
    [
      "$unwind",
      [{ $unwind: "$tags" }, { $project: { tags: 1 } }],
      [
        { _id: 1, tags: "x" },
        { _id: 1, tags: "y" },
      ],
    ],
    [
      "$unwind keeping",
      [
        { $unwind: { path: "$tags", preserveNullAndEmptyArrays: true, includeArrayIndex: "i" } },
        { $project: { tags: 1, i: 1 } },
      ],
      [
        { _id: 1, tags: "x", i: Long.fromNumber(0) },
        { _id: 1, tags: "y", i: Long.fromNumber(1) },
        { _id: 2, i: null },
        { _id: 3, i: null },
      ],
    ],
    [
      "$sortByCount",
      [{ $sortByCount: "$item" }],
      [
        { _id: "a", count: 2 },
        { _id: "b", count: 1 },
      ],
    ],
    [
      "$bucket",
      [{ $bucket: { groupBy: "$n", boundaries: [0, 3, 5], default: "more" } }],
      [
        { _id: 0, count: 1 },
        { _id: 3, count: 1 },
        { _id: "more", count: 1 },
      ],
    ],
    [
      "$bucketAuto",
      [{ $bucketAuto: { groupBy: "$n", buckets: 2 } }],
      [
        { _id: { min: 2, max: 5 }, count: 2 },
        { _id: { min: 5, max: 5 }, count: 1 },
      ],
    ],
    [
      "$facet",
      [{ $facet: { a: [{ $count: "n" }], b: [{ $match: { _id: 1 } }, { $project: { _id: 1 } }] } }],
      [{ a: [{ n: 3 }], b: [{ _id: 1 }] }],
    ],
    ["$replaceRoot", [{ $limit: 1 }, { $replaceRoot: { newRoot: { x: "$n" } } }], [{ x: 2 }]],
    [
      "$lookup",
      [
        { $match: { _id: 1 } },
        { $lookup: { from: "items", localField: "item", foreignField: "code", as: "found" } },
        { $project: { found: 1 } },
      ],
      [
        {
          _id: 1,
          found: [
            { _id: 1, code: "a" },
            { _id: 3, code: ["a", "z"] },
          ],
        },
      ],
    ],
    [
      "$lookup of missing",
      [
        { $match: { _id: 3 } },
        { $lookup: { from: "items", localField: "tags", foreignField: "code", as: "found" } },
        { $project: { found: 1 } },
      ],
      [{ _id: 3, found: [{ _id: 4 }] }],
    ],
    [
      "$lookup with pipeline",
      [
        { $match: { _id: 2 } },
        {
          $lookup: {
            from: "items",
            let: { i: "$item" },
            pipeline: [{ $match: { $expr: { $eq: ["$code", "$$i"] } } }],
            as: "found",
          },
        },
        { $project: { found: 1 } },
      ],
      [{ _id: 2, found: [{ _id: 2, code: "b" }] }],
    ],
    [
      "$unionWith",
      [
        { $match: { _id: 1 } },
        { $unionWith: { coll: "items", pipeline: [{ $match: { _id: 2 } }] } },
        { $project: { _id: 1 } },
      ],
      [{ _id: 1 }, { _id: 2 }],
    ],
    [
      "$graphLookup",
      [
        { $match: { _id: 1 } },
        {
          $graphLookup: {
            from: "tree",
            startWith: "$_id",
            connectFromField: "child",
            connectToField: "_id",
            as: "t",
            depthField: "d",
          },
        },
        { $project: { t: 1 } },
      ],
      [
        {
          _id: 1,
          t: [
            { _id: 1, child: 2, d: Long.fromNumber(0) },
            { _id: 2, child: 1, d: Long.fromNumber(1) },
          ],
        },
      ],
    ],
    ["$documents", [{ $documents: [{ a: 1 }] }], [{ a: 1 }]],
  ])("%s", async (_name, pipeline, expected) => {
    const collections = {
      items: [{ _id: 1, code: "a" }, { _id: 2, code: "b" }, { _id: 3, code: ["a", "z"] }, { _id: 4 }],
      tree: [
        { _id: 1, child: 2 },
        { _id: 2, child: 1 },
      ],
    };
    expect(await run(SALES, pipeline, collections)).toEqual(expected.map(shown));
  });

  it("passes documents on as they are, without a copy", async () => {
    const doc = toBytes({ a: new Int32(1) });
    const [out] = await toArray(
      runAggregation({
        pipeline: [{ $match: { a: 1 } }, { $sort: { a: 1 } }, { $limit: 5 }],
        source: fromArray([doc]),
        context: contextOf(),
      }),
    );
    expect(out).toBe(doc);
  });

  it("samples no more than there is", async () => {
    expect(await run(SALES, [{ $sample: { size: 2 } }])).toHaveLength(2);
    expect(new Set(await run(SALES, [{ $sample: { size: 9 } }])).size).toBe(3);
  });

  it.each<[object[], number]>([
    [[{ $foo: 1 }], 40324],
    [[{ $match: {}, $limit: 1 }], 40323],
    [[{ $limit: 0 }], 15958],
    [[{ $project: {} }], 51272],
    [[{ $project: { a: 1, b: 0 } }], 31254],
    [[{ $project: { a: 0, b: 1 } }], 31253],
    [[{ $project: { a: 1, "a.b": 1 } }], 31249],
    [[{ $group: { x: { $sum: 1 } } }], 15955],
    [[{ $group: { _id: 1, x: { $foo: 1 } } }], 15952],
    [[{ $out: "x" }, { $match: {} }], 40601],
    [[{ $match: {} }, { $indexStats: {} }], 40602],
    [[{ $sort: {} }], 15976],
    [[{ $unwind: "tags" }], 28818],
    [[{ $replaceRoot: { newRoot: "$n" } }], 40228],
    [[{ $geoNear: {} }], 291],
    [[{ $collStats: {} }], 40324],
  ])("refuses %j with %i", async (pipeline, code) => {
    await expect(run(SALES, pipeline)).rejects.toThrow(expect.objectContaining({ code }));
  });

  it("takes filter, sort and limit from the front", () => {
    const split = splitPipeline([
      { $match: { a: 1 } },
      { $match: { b: 2 } },
      { $sort: { c: 1 } },
      { $limit: 3 },
      { $match: { d: 1 } },
    ]);
    expect(show(split.filter!)).toBe(shown({ $and: [{ a: 1 }, { b: 2 }] }));
    expect(show(split.sort!)).toBe(shown({ c: 1 }));
    expect([split.limit, split.rest.length]).toEqual([3, 1]);
  });
});

describe("projections of find", () => {
  it.each<[string, object, object, object, object]>([
    ["inclusion", { a: 1 }, {}, { _id: 1, a: 2, b: 3 }, { _id: 1, a: 2 }],
    ["without _id", { a: 1, _id: 0 }, {}, { _id: 1, a: 2, b: 3 }, { a: 2 }],
    ["exclusion", { a: 0 }, {}, { _id: 1, a: 2, b: 3 }, { _id: 1, b: 3 }],
    ["only _id", { _id: 1 }, {}, { _id: 1, a: 2 }, { _id: 1 }],
    ["all but _id", { _id: 0 }, {}, { _id: 1, a: 2 }, { a: 2 }],
    ["dotted", { "a.b": 1 }, {}, { _id: 1, a: [{ b: 1, c: 2 }, 5, { c: 1 }] }, { _id: 1, a: [{ b: 1 }, {}] }],
    ["dotted exclusion", { "a.b": 0 }, {}, { _id: 1, a: [{ b: 1, c: 2 }, 5] }, { _id: 1, a: [{ c: 2 }, 5] }],
    ["$slice", { a: { $slice: -1 } }, {}, { _id: 1, a: [1, 2], b: 1 }, { _id: 1, a: [2], b: 1 }],
    [
      "$slice with skip",
      { a: { $slice: [1, 1] }, b: 1 },
      {},
      { _id: 1, a: [1, 2, 3], b: 1, c: 1 },
      { _id: 1, a: [2], b: 1 },
    ],
    [
      "$elemMatch",
      { a: { $elemMatch: { x: { $gt: 1 } } } },
      {},
      { _id: 1, a: [{ x: 1 }, { x: 2 }, { x: 3 }], b: 1 },
      { _id: 1, a: [{ x: 2 }] },
    ],
    ["positional", { "a.$": 1 }, { a: { $gt: 4 } }, { _id: 1, a: [3, 5, 7] }, { _id: 1, a: [5] }],
    ["expression", { s: { $add: ["$a", 1] } }, {}, { _id: 1, a: 2 }, { _id: 1, s: 3 }],
  ])("%s", (_name, projection, filter, doc, expected) => {
    expect(show(compileProjection(projection, filter)(toBytes(doc)))).toBe(shown(expected));
  });
});

describe("update pipelines", () => {
  const change = (doc: object, pipeline: object[], constants: object = {}) =>
    applyUpdate(toBytes(doc), rawOf(pipeline), { now: new Date(0), constants });

  it("applies stages, constants and NOW, keeps _id and gives a delta", () => {
    const result = change(
      { _id: 1, a: 2, text: "x".repeat(100) },
      [{ $set: { b: { $add: ["$a", "$$k"] }, at: "$$NOW" } }, { $unset: "a" }],
      { k: 5 },
    );
    expect(show(result.document)).toBe(shown({ _id: 1, text: "x".repeat(100), b: 7, at: new Date(0) }));
    expect(show(result.diff!)).toBe(shown({ d: { a: false }, i: { b: 7, at: new Date(0) } }));
    expect(show(change({ _id: 1, a: 2 }, [{ $replaceWith: { z: 1 } }]).document)).toBe(shown({ _id: 1, z: 1 }));
  });

  it("refuses other stages and another _id", () => {
    expect(() => change({ _id: 1 }, [{ $match: {} }])).toThrow(expect.objectContaining({ code: 72 }));
    expect(() => change({ _id: 1 }, [{ $set: { _id: 2 } }])).toThrow(expect.objectContaining({ code: 66 }));
  });
});
