import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from "bson";
import { describe, expect, it } from "vitest";
import { parseCollation } from "./collation";
import { compileFilter } from "./filter";
import { toBytes } from "./raw";

const matches = (filter: object, doc: object): boolean => compileFilter(filter)(toBytes(doc));
const five = {
  int: new Int32(5),
  double: new Double(5),
  long: Long.fromNumber(5),
  decimal: Decimal128.fromString("5.00"),
};

describe("equality and comparison", () => {
  it("finds a number whatever its type, in both directions", () => {
    for (const operand of Object.values(five)) {
      for (const stored of Object.values(five)) {
        expect(matches({ a: operand }, { a: stored })).toBe(true);
        expect(matches({ a: { $gte: operand } }, { a: stored })).toBe(true);
        expect(matches({ a: { $lt: operand } }, { a: stored })).toBe(false);
        expect(matches({ a: { $in: [operand] } }, { a: stored })).toBe(true);
      }
    }
  });

  it("never matches $lt, $gt across types", () => {
    const values = [
      5,
      "x",
      { a: 1 },
      new ObjectId(),
      true,
      new Date(0),
      new Timestamp({ t: 1, i: 1 }),
      new Binary(Buffer.from([1])),
    ];
    for (const [i, operand] of values.entries()) {
      for (const [j, stored] of values.entries()) {
        const either =
          matches({ a: { $lte: operand } }, { a: stored }) || matches({ a: { $gte: operand } }, { a: stored });
        expect(either, `${i} ${j}`).toBe(i === j);
      }
    }
  });

  it.each<[string, object, object, boolean]>([
    ["exact decimals and doubles differ", { a: Decimal128.fromString("0.1") }, { a: 0.1 }, false],
    ["2^53+1 is not 2^53", { a: Long.fromString("9007199254740993") }, { a: new Double(2 ** 53) }, false],
    ["NaN equals NaN", { a: NaN }, { a: Decimal128.fromString("NaN") }, true],
    ["NaN is not below numbers", { a: { $lt: 5 } }, { a: NaN }, false],
    ["-0 equals 0", { a: 0 }, { a: new Double(-0) }, true],
    ["null finds missing", { a: null }, {}, true],
    ["null finds null in an array", { a: null }, { a: [1, null] }, true],
    ["null does not find a value", { a: null }, { a: 0 }, false],
    ["$ne null wants a value", { a: { $ne: null } }, {}, false],
    ["$gte null finds missing", { a: { $gte: null } }, {}, true],
    ["$gt null finds nothing", { a: { $gt: null } }, { a: null }, false],
    ["a path below a scalar is missing", { "a.b": null }, { a: 5 }, true],
    ["a path below scalars in an array is not even missing", { "a.b": null }, { a: [1, 2] }, false],
    ["a path below one object without it is missing", { "a.b": null }, { a: [{ b: 1 }, {}] }, true],
    ["a path below an empty array is not missing", { "a.b": null }, { a: [] }, false],
    ["$exists false below an empty array", { "a.b": { $exists: false } }, { a: [] }, true],
    ["array element", { a: 2 }, { a: [1, 2] }, true],
    ["whole array", { a: [1, 2] }, { a: [1, 2] }, true],
    ["array inside an array", { a: [1, 2] }, { a: [[1, 2], 3] }, true],
    ["array order counts", { a: [2, 1] }, { a: [1, 2] }, false],
    ["object field order counts", { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, false],
    ["object equality crosses number types", { a: { x: 1 } }, { a: { x: Long.fromNumber(1) } }, true],
    ["dotted path", { "a.b.c": 1 }, { a: { b: { c: 1 } } }, true],
    ["dotted path through an array", { "a.b": 2 }, { a: [{ b: 1 }, { b: 2 }] }, true],
    ["array index", { "a.1": 2 }, { a: [1, 2] }, true],
    ["array index does not enter a nested array", { "a.1": 2 }, { a: [1, [2, 3]] }, false],
    ["array index, then name", { "a.1.b": 4 }, { a: [5, { b: 4 }] }, true],
    ["numeric name inside array objects", { "a.1": 4 }, { a: [{ "1": 4 }] }, true],
    ["MaxKey is above everything", { a: { $lt: new MaxKey() } }, { a: "x" }, true],
    ["MinKey equals itself", { a: new MinKey() }, { a: new MinKey() }, true],
    ["$gt MinKey finds all others", { a: { $gt: new MinKey() } }, { a: 1 }, true],
    ["binData subtype counts", { a: new Binary(Buffer.from([1]), 4) }, { a: new Binary(Buffer.from([1]), 0) }, false],
    ["undefined is not null", { a: null }, { a: [] }, false],
    ["$ne on arrays means no element", { a: { $ne: 2 } }, { a: [1, 2] }, false],
    ["$nin", { a: { $nin: [1, 2] } }, { a: 3 }, true],
    ["$nin finds missing", { a: { $nin: [1] } }, {}, true],
    ["$in with null finds missing", { a: { $in: [null] } }, {}, true],
    ["$in with many values", { a: { $in: [...Array(20).keys()] } }, { a: new Double(13) }, true],
    ["$in with many values, none", { a: { $in: [...Array(20).keys()] } }, { a: 20 }, false],
    ["$in with a pattern", { a: { $in: [/^b/] } }, { a: "bc" }, true],
    ["$in []", { a: { $in: [] } }, { a: 1 }, false],
    ["range over two elements of an array", { a: { $gt: 5, $lt: 3 } }, { a: [1, 9] }, true],
  ])("%s", (_name, filter, doc, expected) => {
    expect(matches(filter, doc)).toBe(expected);
  });
});

describe("other operators", () => {
  it.each<[string, object, object, boolean]>([
    ["$and", { $and: [{ a: 1 }, { b: 2 }] }, { a: 1, b: 2 }, true],
    ["$or", { $or: [{ a: 2 }, { b: 2 }] }, { a: 1, b: 2 }, true],
    ["$nor", { $nor: [{ a: 2 }, { b: 2 }] }, { a: 1, b: 2 }, false],
    ["$not with operators", { a: { $not: { $gt: 5 } } }, { a: 3 }, true],
    ["$not finds missing", { a: { $not: { $gt: 5 } } }, {}, true],
    ["$not with a pattern", { a: { $not: /x/ } }, { a: "y" }, true],
    ["$type alias", { a: { $type: "long" } }, { a: Long.fromNumber(1) }, true],
    ["$type number", { a: { $type: "number" } }, { a: Decimal128.fromString("1") }, true],
    ["$type array", { a: { $type: "array" } }, { a: [] }, true],
    ["$type of an element", { a: { $type: "string" } }, { a: [1, "x"] }, true],
    ["$type by code -1", { a: { $type: -1 } }, { a: new MinKey() }, true],
    ["$size", { a: { $size: 2 } }, { a: [1, 2] }, true],
    ["$size of a nested array is not counted", { a: { $size: 1 } }, { a: [[1], 2] }, false],
    ["$mod", { a: { $mod: [3, 1] } }, { a: 7 }, true],
    ["$mod cuts doubles", { a: { $mod: [3, 1] } }, { a: 7.9 }, true],
    ["$mod negative", { a: { $mod: [3, -2] } }, { a: -5 }, true],
    ["$mod of text", { a: { $mod: [3, 0] } }, { a: "3" }, false],
    ["$all", { a: { $all: [1, 2] } }, { a: [2, 3, 1] }, true],
    ["$all of a scalar", { a: { $all: [1] } }, { a: 1 }, true],
    ["$all []", { a: { $all: [] } }, { a: [] }, false],
    [
      "$all with $elemMatch",
      { a: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { x: 2 } }] } },
      { a: [{ x: 1 }, { x: 2 }] },
      true,
    ],
    ["$elemMatch of objects", { a: { $elemMatch: { x: 1, y: 2 } } }, { a: [{ x: 1 }, { y: 2 }] }, false],
    ["$elemMatch of values", { a: { $elemMatch: { $gt: 5, $lt: 8 } } }, { a: [9, 3] }, false],
    ["$elemMatch of values, found", { a: { $elemMatch: { $gt: 5, $lt: 8 } } }, { a: [9, 7] }, true],
    ["$elemMatch with $or", { a: { $elemMatch: { $or: [{ x: 1 }, { x: 3 }] } } }, { a: [{ x: 3 }] }, true],
    ["$regex", { a: { $regex: "^AB", $options: "i" } }, { a: "abc" }, true],
    ["$regex and $options the other way round", { a: { $options: "i", $regex: "^AB" } }, { a: "abc" }, true],
    ["regex end before a newline", { a: /b$/ }, { a: "ab\n" }, true],
    ["\\A", { a: new BSONRegExp("\\Ab") }, { a: "ab" }, false],
    ["extended", { a: new BSONRegExp("a b # c", "x") }, { a: "ab" }, true],
    ["inline flags", { a: new BSONRegExp("(?i)AB") }, { a: "ab" }, true],
    ["a regex value equals itself", { a: /x/i }, { a: /x/i }, true],
    ["$eq with a regex only means the value", { a: { $eq: /x/ } }, { a: "x" }, false],
    ["$bitsAllSet", { a: { $bitsAllSet: [0, 2] } }, { a: 5 }, true],
    ["$bitsAllSet of a double", { a: { $bitsAllSet: 5 } }, { a: new Double(5) }, true],
    ["$bitsAnyClear", { a: { $bitsAnyClear: 7 } }, { a: 5 }, true],
    ["$bitsAllClear of binData", { a: { $bitsAllClear: [1] } }, { a: new Binary(Buffer.from([5])) }, true],
    ["$bitsAllSet of a negative number", { a: { $bitsAllSet: [200] } }, { a: -1 }, true],
    ["$comment", { a: 1, $comment: "why" }, { a: 1 }, true],
    ["a literal object whose second name begins with $", { a: { b: 1, $c: 2 } }, { a: { b: 1, $c: 2 } }, true],
    [
      "$jsonSchema",
      { $jsonSchema: { required: ["a"], properties: { a: { bsonType: "int", minimum: 3 } } } },
      { a: 3 },
      true,
    ],
    ["$jsonSchema refused", { $jsonSchema: { properties: { a: { bsonType: ["int", "long"] } } } }, { a: "3" }, false],
    [
      "$jsonSchema additionalProperties",
      { $jsonSchema: { properties: { a: {} }, additionalProperties: false } },
      { a: 1, b: 1 },
      false,
    ],
  ])("%s", (_name, filter, doc, expected) => {
    expect(matches(filter, doc)).toBe(expected);
  });

  it.each<[object, number, string]>([
    [{ a: { $foo: 1 } }, 2, "unknown operator: $foo"],
    [{ $foo: 1 }, 2, "unknown top level operator: $foo"],
    [{ a: { $gt: 1, b: 2 } }, 2, "unknown operator: b"],
    [{ $or: [] }, 2, "nonempty"],
    [{ a: { $in: 5 } }, 2, "$in needs an array"],
    [{ a: { $mod: [0, 1] } }, 2, "divisor cannot be 0"],
    [{ a: { $size: -1 } }, 2, "non-negative"],
    [{ a: { $not: {} } }, 2, "$not cannot be empty"],
    [{ a: { $type: "foo" } }, 2, "Unknown type name alias: foo"],
    [{ $where: "1" }, 2, "$where"],
    [{ $text: { $search: "x" } }, 27, "text index required"],
    [{ a: { $near: [0, 0] } }, 291, "$geoNear"],
    [{ a: { $regex: "a++" } }, 51091, "possessive"],
    [{ a: { $regex: "(" } }, 51091, "Regular expression is invalid"],
    [{ a: { $gt: /x/ } }, 2, "Can't have RegEx"],
  ])("refuses %j with %i", (filter, code, words) => {
    expect(() => compileFilter(filter)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });

  it("compares strings under a collation, also inside objects", () => {
    const collation = parseCollation({ locale: "en", strength: 2 });
    const test = (filter: object, doc: object) => compileFilter(filter, { collation })(toBytes(doc));
    expect(test({ a: "abc" }, { a: "ABC" })).toBe(true);
    expect(test({ a: { b: "abc" } }, { a: { b: "ABC" } })).toBe(true);
    expect(test({ a: "abc" }, { a: "äbc" })).toBe(false);
    expect(test({ a: { $in: ["x", "abc"] } }, { a: "Abc" })).toBe(true);
  });
});
