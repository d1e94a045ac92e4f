import { serialize, deserialize, BSONRegExp, Code, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from "bson";
import { describe, expect, it } from "vitest";
import { fromExtendedJson, toExtendedJson } from "./extended-json";

const roundTrip = (value: object): Buffer =>
  Buffer.from(serialize(fromExtendedJson(toExtendedJson(Buffer.from(serialize(value))))));

describe("Extended JSON with order", () => {
  it("keeps names like integers where they were", () => {
    const spec = new Map<string, unknown>([
      [
        "key",
        new Map<string, unknown>([
          ["b", 1],
          ["1", new Int32(-1)],
          ["0", "text"],
        ]),
      ],
    ]);
    const bytes = Buffer.from(serialize(spec));
    expect(toExtendedJson(bytes)).toBe('{"key":{"b":{"$numberInt":"1"},"1":{"$numberInt":"-1"},"0":"text"}}');
    expect(Buffer.from(serialize(fromExtendedJson(toExtendedJson(bytes))))).toEqual(bytes);
  });

  it("gives every type back byte for byte", () => {
    const value = {
      int: new Int32(5),
      double: new Double(5),
      negativeZero: new Double(-0),
      nan: new Double(Number.NaN),
      long: Long.fromString("9007199254740993"),
      decimal: Decimal128.fromString("1.00"),
      id: new ObjectId("0123456789abcdef01234567"),
      date: new Date(0),
      regex: new BSONRegExp("^a", "i"),
      stamp: new Timestamp({ t: 5, i: 6 }),
      code: new Code("f()", { a: 1 }),
      text: 'quote " and \\ and \u2028 and 😀',
      list: [1, { $gt: 5, $type: "string" }, [], {}],
      nothing: null,
      yes: true,
    };
    expect(roundTrip(value)).toEqual(Buffer.from(serialize(value)));
  });

  it("leaves query operators and references documents", () => {
    const value = { $or: [{ a: { $regex: "x" } }], ref: { $ref: "c", $id: 1, $db: "d" } };
    expect(roundTrip(value)).toEqual(Buffer.from(serialize(value)));
    expect(deserialize(roundTrip({ $jsonSchema: { required: ["a"] } }))).toEqual({ $jsonSchema: { required: ["a"] } });
  });

  it("refuses what is not JSON", () => {
    for (const text of ["", "{", '{"a":}', '{"a":1}x', "[1]", '{"a" 1}'])
      expect(() => fromExtendedJson(text)).toThrow(SyntaxError);
  });
});
