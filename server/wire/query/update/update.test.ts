import { Binary, BSONRegExp, Decimal128, deserialize, Double, EJSON, Int32, Long, serialize, Timestamp } from "bson";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rawOf, toBytes } from "../raw";
import { applyDiff, computeDiff } from "./diff";
import { applyUpdate, type UpdateOptions } from "./update";

const NOW = new Date("2026-01-02T03:04:05Z");
const options = (o: Partial<UpdateOptions> = {}): UpdateOptions => ({
  now: NOW,
  timestamp: { seconds: 9, increment: 3 },
  ...o,
});
const bytes = (doc: object): Buffer => Buffer.from(serialize(doc));
const text = (doc: Buffer): string => EJSON.stringify(deserialize(doc, { promoteValues: false, bsonRegExp: true }));
const ejson = (doc: Buffer | object): string => (Buffer.isBuffer(doc) ? text(doc) : text(bytes(doc)));
const map = (...entries: [string, unknown][]) => new Map(entries);

function update(doc: object, change: object, o: Partial<UpdateOptions> = {}) {
  const result = applyUpdate(bytes(doc), rawOf(change), options(o));
  if (result.diff !== null) expect(applyDiff(bytes(doc), result.diff).equals(result.document)).toBe(true);
  return result;
}

describe("applyDiff, the table of the reference", () => {
  it.each<[object, object, object]>([
    [
      { _id: 1, a: 1, b: 2, c: 3 },
      { d: { b: false }, u: { a: 9 }, i: { z: 0 } },
      { _id: 1, a: 9, c: 3, z: 0 },
    ],
    [{ _id: 1, a: 1, b: 2 }, { i: { a: 5 } }, { _id: 1, b: 2, a: 5 }],
    [
      { _id: 1, b: 2 },
      { u: { q: 7 }, i: { p: 8 } },
      { _id: 1, b: 2, q: 7, p: 8 },
    ],
    [
      { _id: 1, o: { x: 1, y: { k: 1 } } },
      { so: { u: { x: 2 }, sy: { d: { k: false }, i: { m: 3 } } } },
      { _id: 1, o: { x: 2, y: { m: 3 } } },
    ],
    [{ _id: 1, t: [10, 20, 30] }, { st: { a: true, u1: 99 } }, { _id: 1, t: [10, 99, 30] }],
    [{ _id: 1, t: [10, 20, 30] }, { st: { a: true, l: 1 } }, { _id: 1, t: [10] }],
    [{ _id: 1, t: [10] }, { st: { a: true, l: 4, u2: 5 } }, { _id: 1, t: [10, null, 5, null] }],
    [
      { _id: 1, t: [{ q: 1 }, { q: 2 }] },
      { st: { a: true, s0: { u: { q: 7 } }, u1: { q: 3 } } },
      { _id: 1, t: [{ q: 7 }, { q: 3 }] },
    ],
    [{ _id: 1, t: [[1, 2], [3]] }, { st: { a: true, s0: { a: true, u1: 8 } } }, { _id: 1, t: [[1, 8], [3]] }],
    [{ _id: 1, t: "str" }, { st: { a: true, u0: 1 } }, { _id: 1, t: null }],
    [{ _id: 1, t: [1] }, { st: { a: true, s3: { u: { q: 1 } } } }, { _id: 1, t: [1, null, null, null] }],
    [{ _id: 1 }, { sx: { u: { k: 1 } } }, { _id: 1 }],
    [{ _id: 1, "a.b": 1 }, { u: { "a.b": 2 } }, { _id: 1, "a.b": 2 }],
  ])("%j + %j", (pre, diff, post) => {
    expect(ejson(applyDiff(bytes(pre), bytes(diff)))).toBe(ejson(post));
  });

  it("refuses a field named twice and a change behind the new length", () => {
    expect(() => applyDiff(bytes({ a: 1 }), bytes({ d: { a: false }, u: { a: 1 } }))).toThrow(
      expect.objectContaining({ code: 4728000 }),
    );
    expect(() => applyDiff(bytes({ t: [1] }), bytes({ st: { a: true, l: 1, u1: 1 } }))).toThrow(
      expect.objectContaining({ code: 4728000 }),
    );
  });

  it("turns any document into any other with the same _id in front", () => {
    const leaf = fc.oneof(fc.integer(), fc.constantFrom(null, "x", "yy", new Double(1), true));
    const node = fc.letrec((tie) => ({
      v: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie("v"), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom("a", "b", "u", "sx", "a.b", "1"), tie("v"), { maxKeys: 4 }),
      ),
    })).v;
    const doc = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "u", "10", "2"), node, { maxKeys: 6 });
    fc.assert(
      fc.property(doc, doc, (x, y) => {
        const [pre, post] = [
          toBytes(map(["_id", 1], ...Object.entries(x))),
          toBytes(map(["_id", 1], ...Object.entries(y).reverse())),
        ];
        const diff = computeDiff(pre, post);
        expect(diff).not.toBeNull();
        expect(applyDiff(pre, diff!).equals(post)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("operators", () => {
  it.each<[string, object, object, object]>([
    ["$set in place", { _id: 1, a: 1, b: 2 }, { $set: { a: 5 } }, { _id: 1, a: 5, b: 2 }],
    ["$set new fields in order of name", { _id: 1 }, { $set: { c: 1, a: 2 } }, { _id: 1, a: 2, c: 1 }],
    [
      "new fields of all operators in order of name",
      { _id: 1 },
      { $set: { c: 1 }, $inc: { b: 2 } },
      { _id: 1, b: 2, c: 1 },
    ],
    ["$set nested", { _id: 1 }, { $set: { "a.b.c": 1 } }, { _id: 1, a: { b: { c: 1 } } }],
    ["$set array index", { _id: 1, a: [1, 2] }, { $set: { "a.1": 5 } }, { _id: 1, a: [1, 5] }],
    ["$set behind the end pads", { _id: 1, a: [1] }, { $set: { "a.3": 5 } }, { _id: 1, a: [1, null, null, 5] }],
    ["$set in array objects", { _id: 1, a: [{ b: 1 }] }, { $set: { "a.0.b": 5 } }, { _id: 1, a: [{ b: 5 }] }],
    ["$unset", { _id: 1, a: 1, b: 2 }, { $unset: { a: "" } }, { _id: 1, b: 2 }],
    ["$unset in an array leaves null", { _id: 1, a: [1, 2] }, { $unset: { "a.0": 1 } }, { _id: 1, a: [null, 2] }],
    ["$unset below a scalar", { _id: 1, a: 1 }, { $unset: { "a.b": 1 } }, { _id: 1, a: 1 }],
    ["$inc keeps int", { _id: 1, a: 1 }, { $inc: { a: 2 } }, { _id: 1, a: 3 }],
    ["$inc widens to double", { _id: 1, a: 1 }, { $inc: { a: 0.5 } }, { _id: 1, a: 1.5 }],
    ["$inc int + double", { _id: 1, a: 1 }, { $inc: { a: new Double(1) } }, { _id: 1, a: new Double(2) }],
    ["$inc int + long", { _id: 1, a: 1 }, { $inc: { a: Long.fromNumber(1) } }, { _id: 1, a: Long.fromNumber(2) }],
    [
      "$inc overflows to long",
      { _id: 1, a: 2147483647 },
      { $inc: { a: 1 } },
      { _id: 1, a: Long.fromNumber(2147483648) },
    ],
    [
      "$inc decimal",
      { _id: 1, a: new Double(0.1) },
      { $inc: { a: Decimal128.fromString("0.2") } },
      { _id: 1, a: Decimal128.fromString("0.300000000000000") },
    ],
    ["$mul missing", { _id: 1 }, { $mul: { a: Long.fromNumber(5) } }, { _id: 1, a: Long.fromNumber(0) }],
    ["$mul", { _id: 1, a: 3 }, { $mul: { a: 4 } }, { _id: 1, a: 12 }],
    ["$min", { _id: 1, a: 5 }, { $min: { a: 3 } }, { _id: 1, a: 3 }],
    ["$min across types", { _id: 1, a: "x" }, { $min: { a: 3 } }, { _id: 1, a: 3 }],
    ["$max missing", { _id: 1 }, { $max: { a: 3 } }, { _id: 1, a: 3 }],
    ["$max lower", { _id: 1, a: 5 }, { $max: { a: 3 } }, { _id: 1, a: 5 }],
    ["$rename", { _id: 1, a: 5, b: 1 }, { $rename: { a: "c" } }, { _id: 1, b: 1, c: 5 }],
    ["$rename onto a field", { _id: 1, a: 5, b: 1 }, { $rename: { a: "b" } }, { _id: 1, b: 5 }],
    ["$rename of nothing", { _id: 1, b: 1 }, { $rename: { a: "b" } }, { _id: 1, b: 1 }],
    ["$rename into an object", { _id: 1, z: 5 }, { $rename: { z: "a.b" } }, { _id: 1, a: { b: 5 } }],
    [
      "$currentDate",
      { _id: 1 },
      { $currentDate: { a: true, b: { $type: "timestamp" } } },
      { _id: 1, a: NOW, b: new Timestamp({ t: 9, i: 3 }) },
    ],
    ["$setOnInsert is for inserts", { _id: 1 }, { $setOnInsert: { a: 1 } }, { _id: 1 }],
    ["$push", { _id: 1, a: [1] }, { $push: { a: 2 } }, { _id: 1, a: [1, 2] }],
    ["$push makes the array", { _id: 1 }, { $push: { "a.b": 2 } }, { _id: 1, a: { b: [2] } }],
    [
      "$push $each $position",
      { _id: 1, a: [1, 2] },
      { $push: { a: { $each: [8, 9], $position: 1 } } },
      { _id: 1, a: [1, 8, 9, 2] },
    ],
    [
      "$push $position from the end",
      { _id: 1, a: [1, 2] },
      { $push: { a: { $each: [9], $position: -1 } } },
      { _id: 1, a: [1, 9, 2] },
    ],
    [
      "$push $sort $slice",
      { _id: 1, a: [3, 1] },
      { $push: { a: { $each: [2], $sort: 1, $slice: -2 } } },
      { _id: 1, a: [2, 3] },
    ],
    [
      "$push $sort by field",
      { _id: 1, a: [{ x: 2 }] },
      { $push: { a: { $each: [{ x: 1 }], $sort: { x: 1 } } } },
      { _id: 1, a: [{ x: 1 }, { x: 2 }] },
    ],
    ["$push an object", { _id: 1, a: [] }, { $push: { a: { x: 1 } } }, { _id: 1, a: [{ x: 1 }] }],
    ["$addToSet", { _id: 1, a: [1] }, { $addToSet: { a: { $each: [new Double(1), 2, 2] } } }, { _id: 1, a: [1, 2] }],
    ["$pop last", { _id: 1, a: [1, 2] }, { $pop: { a: 1 } }, { _id: 1, a: [1] }],
    ["$pop first", { _id: 1, a: [1, 2] }, { $pop: { a: -1 } }, { _id: 1, a: [2] }],
    ["$pull value", { _id: 1, a: [1, 2, 1] }, { $pull: { a: new Double(1) } }, { _id: 1, a: [2] }],
    ["$pull condition", { _id: 1, a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { _id: 1, a: [1] }],
    ["$pull $in", { _id: 1, a: [1, 5, 9] }, { $pull: { a: { $in: [1, 9] } } }, { _id: 1, a: [5] }],
    ["$pull objects", { _id: 1, a: [{ x: 1, y: 2 }, { x: 2 }] }, { $pull: { a: { x: 1 } } }, { _id: 1, a: [{ x: 2 }] }],
    [
      "$pull $elemMatch",
      { _id: 1, a: [{ r: [{ q: 1 }] }, { r: [] }] },
      { $pull: { a: { r: { $elemMatch: { q: 1 } } } } },
      { _id: 1, a: [{ r: [] }] },
    ],
    ["$pull a pattern", { _id: 1, a: ["ab", "b"] }, { $pull: { a: new BSONRegExp("^a") } }, { _id: 1, a: ["b"] }],
    ["$pull of a missing field", { _id: 1 }, { $pull: { "a.b": 1 } }, { _id: 1 }],
    ["$pullAll", { _id: 1, a: [1, 2, 3] }, { $pullAll: { a: [1, 3] } }, { _id: 1, a: [2] }],
    ["$bit", { _id: 1, a: 13 }, { $bit: { a: { and: 10 } } }, { _id: 1, a: 8 }],
    ["$bit long", { _id: 1, a: 13 }, { $bit: { a: { or: Long.fromNumber(2) } } }, { _id: 1, a: Long.fromNumber(15) }],
    ["$[]", { _id: 1, a: [1, 2] }, { $inc: { "a.$[]": 10 } }, { _id: 1, a: [11, 12] }],
    [
      "$[] nested",
      { _id: 1, a: [{ b: [1] }, { b: [2] }] },
      { $inc: { "a.$[].b.$[]": 1 } },
      { _id: 1, a: [{ b: [2] }, { b: [3] }] },
    ],
    ["nothing to do", { _id: 1, a: 1 }, { $set: {} }, { _id: 1, a: 1 }],
    ["replacement keeps _id in front", { _id: 1, a: 1 }, { b: 2 }, { _id: 1, b: 2 }],
    ["replacement with an equal _id keeps its bytes", { _id: 1, a: 1 }, { _id: new Double(1), b: 2 }, { _id: 1, b: 2 }],
    [
      "empty timestamps in a replacement",
      { _id: 1 },
      { t: new Timestamp({ t: 0, i: 0 }) },
      { _id: 1, t: new Timestamp({ t: 9, i: 3 }) },
    ],
  ])("%s", (_name, doc, change, expected) => {
    const result = update(doc, change);
    expect(ejson(result.document)).toBe(ejson(expected));
    expect(result.modified).toBe(ejson(doc) !== ejson(expected));
  });

  it.each<[string, object, object, object, object]>([
    [
      "$ of an array of values",
      { _id: 1, a: [1, 5, 9] },
      { a: { $gte: 5 } },
      { $set: { "a.$": 0 } },
      { _id: 1, a: [1, 0, 9] },
    ],
    [
      "$ by a path",
      { _id: 1, a: [{ x: 1 }, { x: 2 }] },
      { "a.x": 2 },
      { $set: { "a.$.y": 7 } },
      { _id: 1, a: [{ x: 1 }, { x: 2, y: 7 }] },
    ],
    [
      "$ by $elemMatch",
      { _id: 1, a: [{ x: 1 }, { x: 2 }] },
      { a: { $elemMatch: { x: 2 } } },
      { $inc: { "a.$.x": 7 } },
      { _id: 1, a: [{ x: 1 }, { x: 9 }] },
    ],
    [
      "$ inside an object",
      { _id: 1, o: { a: [4, 6] } },
      { "o.a": 6 },
      { $unset: { "o.a.$": 1 } },
      { _id: 1, o: { a: [4, null] } },
    ],
    ["$ by $in", { _id: 1, a: ["x", "y"] }, { a: { $in: ["y"] } }, { $set: { "a.$": "z" } }, { _id: 1, a: ["x", "z"] }],
  ])("%s", (_name, doc, filter, change, expected) => {
    expect(ejson(update(doc, change, { filter }).document)).toBe(ejson(expected));
  });

  it("changes the elements that an array filter finds", () => {
    const doc = {
      _id: 1,
      g: [
        { m: 1, q: [5, 8] },
        { m: 4, q: [9] },
      ],
    };
    const one = update(doc, { $set: { "g.$[e].m": 0 } }, { arrayFilters: [{ "e.m": { $gt: 2 } }] });
    expect(ejson(one.document)).toBe(
      ejson({
        _id: 1,
        g: [
          { m: 1, q: [5, 8] },
          { m: 0, q: [9] },
        ],
      }),
    );
    const two = update(doc, { $inc: { "g.$[e].q.$[v]": 1 } }, { arrayFilters: [{ "e.m": 1 }, { v: { $gte: 8 } }] });
    expect(ejson(two.document)).toBe(
      ejson({
        _id: 1,
        g: [
          { m: 1, q: [5, 9] },
          { m: 4, q: [9] },
        ],
      }),
    );
  });

  it.each<[string, object, object, number, Partial<UpdateOptions>?]>([
    ["conflict", { _id: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
    ["conflict with a prefix", { _id: 1 }, { $set: { a: 1, "a.b": 1 } }, 40],
    ["_id", { _id: 1 }, { $set: { _id: 2 } }, 66],
    ["_id below", { _id: { a: 1 } }, { $set: { "_id.a": 2 } }, 66],
    ["_id removed", { _id: 1 }, { $unset: { _id: 1 } }, 66],
    ["_id replaced", { _id: 1 }, { _id: 2 }, 66],
    ["unknown modifier", { _id: 1 }, { $foo: { a: 1 } }, 9],
    ["field beside operators", { _id: 1 }, { $set: { a: 1 }, b: 2 }, 9],
    ["operator in a replacement", { _id: 1 }, { b: 2, $set: { a: 1 } }, 52],
    ["empty path", { _id: 1 }, { $set: { "": 1 } }, 56],
    ["empty part", { _id: 1 }, { $set: { "a..b": 1 } }, 56],
    ["scalar in the way", { _id: 1, a: 1 }, { $set: { "a.b": 1 } }, 28],
    ["name in an array", { _id: 1, a: [1] }, { $set: { "a.b": 1 } }, 28],
    ["$inc of text", { _id: 1, a: "x" }, { $inc: { a: 1 } }, 14],
    ["$inc by text", { _id: 1 }, { $inc: { a: "1" } }, 14],
    ["$inc overflow", { _id: 1, a: Long.MAX_VALUE }, { $inc: { a: 1 } }, 2],
    ["$push to a number", { _id: 1, a: 1 }, { $push: { a: 1 } }, 2],
    ["$addToSet to a number", { _id: 1, a: 1 }, { $addToSet: { a: 1 } }, 2],
    ["$pop of a number", { _id: 1, a: 1 }, { $pop: { a: 1 } }, 14],
    ["$pop by 2", { _id: 1, a: [] }, { $pop: { a: 2 } }, 9],
    ["$pull of a number", { _id: 1, a: 1 }, { $pull: { a: 1 } }, 2],
    ["$pullAll by a number", { _id: 1, a: [1] }, { $pullAll: { a: 1 } }, 2],
    ["$bit of a double", { _id: 1, a: new Double(1) }, { $bit: { a: { and: 1 } } }, 2],
    ["$ without match", { _id: 1, a: [1] }, { $set: { "a.$": 1 } }, 2],
    ["$[] of a number", { _id: 1, a: 1 }, { $set: { "a.$[]": 1 } }, 2],
    ["$[] of nothing", { _id: 1 }, { $set: { "a.$[]": 1 } }, 2],
    ["no array filter", { _id: 1, a: [1] }, { $set: { "a.$[x]": 1 } }, 9],
    ["array filter without use", { _id: 1, a: [1] }, { $set: { a: 1 } }, 9, { arrayFilters: [{ x: 1 }] }],
    ["$rename through an array", { _id: 1, a: [{ b: 1 }] }, { $rename: { "a.b": "c" } }, 2],
    ["$rename to itself", { _id: 1, a: 1 }, { $rename: { a: "a" } }, 2],
    ["$currentDate type", { _id: 1 }, { $currentDate: { a: { $type: "x" } } }, 2],
  ])("refuses %s with its code", (_name, doc, change, code, o) => {
    expect(() => update(doc, change, o)).toThrow(expect.objectContaining({ code }));
  });

  it("leaves the bytes of other fields alone, also when they are not valid UTF-8 or occur twice", () => {
    const field = (type: number, name: number[], value: number[]) => Buffer.from([type, ...name, 0, ...value]);
    const inner = Buffer.concat([
      field(0x10, [0x5f, 0x69, 0x64], [1, 0, 0, 0]),
      field(0x02, [0xff, 0xfe], [3, 0, 0, 0, 0xc3, 0x28, 0]),
      field(0x10, [0x64], [1, 0, 0, 0]),
      field(0x10, [0x64], [2, 0, 0, 0]),
      field(0x10, [0x78], [7, 0, 0, 0]),
    ]);
    const head = Buffer.alloc(4);
    head.writeInt32LE(inner.length + 5, 0);
    const doc = Buffer.concat([head, inner, Buffer.from([0])]);
    const { document } = applyUpdate(doc, rawOf({ $set: { x: 8 } }), options());
    const expected = Buffer.from(doc);
    expected[doc.length - 5] = 8;
    expect(document.equals(expected)).toBe(true);
  });
});

describe("upserts", () => {
  const insert = (filter: object, change: object): Buffer =>
    applyUpdate(null, rawOf(change), options({ filter })).document;

  it.each<[string, object, object, object]>([
    ["fields of the filter, _id first", { a: 1, _id: 5 }, { $set: { b: 2 } }, { _id: 5, a: 1, b: 2 }],
    ["$setOnInsert", { _id: 5 }, { $setOnInsert: { b: 2 } }, { _id: 5, b: 2 }],
    ["nested equality", { _id: 5, "a.b": 1 }, { $inc: { n: 1 } }, { _id: 5, a: { b: 1 }, n: 1 }],
    [
      "$eq, $and and $in of one",
      { $and: [{ _id: { $eq: 5 } }, { a: { $in: [7] } }], b: { $gt: 1 } },
      { $set: { c: 1 } },
      { _id: 5, a: 7, c: 1 },
    ],
    ["replacement takes only _id", { _id: 5, a: 1 }, { b: 2 }, { _id: 5, b: 2 }],
    ["_id from $setOnInsert", { a: 1 }, { $setOnInsert: { _id: 9 } }, { _id: 9, a: 1 }],
    ["operators on the filter's fields", { _id: 1, n: 4 }, { $inc: { n: 1 } }, { _id: 1, n: 5 }],
  ])("%s", (_name, filter, change, expected) => {
    expect(ejson(insert(filter, change))).toBe(ejson(expected));
  });

  it("makes an ObjectId, refuses two values for a path and another _id", () => {
    expect(text(insert({ a: 1 }, { $set: { b: 1 } }))).toMatch(/^\{"_id":\{"\$oid":"[0-9a-f]{24}"\},"a":/);
    expect(() => insert({ a: 1, $and: [{ a: 2 }] }, { $set: { b: 1 } })).toThrow(expect.objectContaining({ code: 54 }));
    expect(() => insert({ _id: 1 }, { _id: 2 })).toThrow(expect.objectContaining({ code: 66 }));
  });
});

describe("delta of an update", () => {
  it("gives the post-image when applied to the pre-image, for random updates", () => {
    const value = fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.constantFrom("x", null, 1.5, new Binary(Buffer.from([1]))),
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("x", "y"), fc.integer()),
    );
    const doc = fc.dictionary(fc.constantFrom("a", "b", "c"), value);
    const path = fc.constantFrom("a", "b", "c", "a.x", "b.0", "b.2", "c.y", "d.e", "z", "a.$[]");
    const change = fc.oneof(
      fc.dictionary(path, value).map(($set) => ({ $set })),
      fc.dictionary(path, fc.constant("")).map(($unset) => ({ $unset })),
      fc.dictionary(path, fc.integer({ min: 1, max: 3 })).map(($inc) => ({ $inc })),
      fc.dictionary(path, value).map(($push) => ({ $push })),
      fc.dictionary(path, value).map(($pull) => ({ $pull })),
      fc.tuple(fc.dictionary(path, value), path).map(([$set, p]) => ({ $set, $rename: { [p]: "r" } })),
    );
    let applied = 0;
    fc.assert(
      fc.property(doc, change, (fields, ops) => {
        const pre = bytes({ _id: new Int32(1), ...fields });
        let result;
        try {
          result = applyUpdate(pre, rawOf(ops), options());
        } catch (error) {
          expect(error).toHaveProperty("codeName");
          return;
        }
        applied += 1;
        expect(result.modified).toBe(!result.document.equals(pre));
        expect(result.diff !== null).toBe(result.modified);
        if (result.diff) expect(applyDiff(pre, result.diff).equals(result.document)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(applied).toBeGreaterThan(300);
  });
});
