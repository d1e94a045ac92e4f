import { Binary, Decimal128, Double, Int32, Long, ObjectId } from "bson";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, inDocument, numberArbitrary, rawDocument, valueArbitrary, type RawValue } from "./bson-arbitrary";
import { compareElements } from "./compare";
import { decimalParts } from "./decimal128";
import { BSON_TYPE } from "./document";
import { encodeIdKey, encodeKey, encodeValueKey } from "./key";

function keyOf(value: RawValue): Buffer {
  const { doc, element } = inDocument(value);
  return encodeKey(doc, element);
}

function show({ type, bytes }: RawValue): string {
  return `${type}:${bytes.toString("hex")}`;
}

function compare(a: RawValue, b: RawValue): number {
  const left = inDocument(a);
  const right = inDocument(b);
  return Math.sign(compareElements(left.doc, left.element, right.doc, right.element));
}

/** A number as an exact fraction numerator / 2^twos / 10^tens, worked out apart from the code under test. */
function exact(value: RawValue): bigint | "low" | "high" | "nan" {
  const SCALE = 10n ** 6200n;
  if (value.type === BSON_TYPE.int32) return BigInt(value.bytes.readInt32LE()) * SCALE;
  if (value.type === BSON_TYPE.int64) return value.bytes.readBigInt64LE() * SCALE;
  if (value.type === BSON_TYPE.double) {
    const double = value.bytes.readDoubleLE();
    if (Number.isNaN(double)) return "nan";
    if (!Number.isFinite(double)) return double < 0 ? "low" : "high";
    const word = value.bytes.readBigUInt64LE();
    const exponent = (word >> 52n) & 0x7ffn;
    const mantissa = (word & (2n ** 52n - 1n)) + (exponent > 0n ? 2n ** 52n : 0n);
    const scaled = (mantissa * SCALE * 2n ** (exponent > 0n ? exponent : 1n)) / 2n ** 1075n;
    return double < 0 ? -scaled : scaled;
  }
  const parts = decimalParts(value.bytes, 0);
  if (parts === "NaN") return "nan";
  if (typeof parts === "string") return parts === "Infinity" ? "high" : "low";
  const scaled = parts.coefficient * 10n ** BigInt(6200 + parts.exponent);
  return parts.negative ? -scaled : scaled;
}

function compareExact(a: RawValue, b: RawValue): number {
  const order = { nan: 0, low: 1, high: 3 };
  const x = exact(a);
  const y = exact(b);
  if (typeof x === "bigint" && typeof y === "bigint") return x < y ? -1 : x > y ? 1 : 0;
  return Math.sign((typeof x === "bigint" ? 2 : order[x]) - (typeof y === "bigint" ? 2 : order[y]));
}

describe("keys", () => {
  it("sort like the values, and are equal exactly for equal values, across all types", () => {
    fc.assert(
      fc.property(valueArbitrary, valueArbitrary, (a, b) => {
        expect(Math.sign(Buffer.compare(keyOf(a), keyOf(b)))).toBe(compare(a, b));
      }),
      { numRuns: 20_000 },
    );
  });

  it("agree with the comparison of values for 200,000 pairs, each value against many others", () => {
    const PER_RUN = 101;
    let pairs = 0;
    const values = fc.array(valueArbitrary, { minLength: PER_RUN, maxLength: PER_RUN });
    fc.assert(
      fc.property(values, (list) => {
        const keys = list.map(keyOf);
        for (let i = 0; i < list.length; i += 1) {
          for (let j = i + 1; j < list.length; j += 1) {
            pairs += 1;
            const order = compare(list[i]!, list[j]!);
            if (Math.sign(Buffer.compare(keys[i]!, keys[j]!)) !== order)
              expect.fail(`${show(list[i]!)} ${show(list[j]!)}`);
          }
        }
      }),
      { numRuns: 40 },
    );
    expect(pairs).toBeGreaterThanOrEqual(200_000);
  });

  it("sort numbers of all four types by exact value", () => {
    fc.assert(
      fc.property(numberArbitrary, numberArbitrary, (a, b) => {
        const expected = compareExact(a, b);
        expect(Math.sign(Buffer.compare(keyOf(a), keyOf(b)))).toBe(expected);
        expect(compare(a, b)).toBe(expected);
      }),
      { numRuns: 10_000 },
    );
  });

  it("end themselves: no key is the beginning of another", () => {
    fc.assert(
      fc.property(valueArbitrary, valueArbitrary, (a, b) => {
        const [x, y] = [keyOf(a), keyOf(b)];
        if (!x.equals(y)) expect(y.subarray(0, x.length).equals(x)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  it("are the same for one number in every type and cohort", () => {
    const ones = [
      new Int32(1),
      Long.fromNumber(1),
      new Double(1),
      ...["1", "1.0", "100E-2"].map(Decimal128.fromString),
    ];
    for (const one of ones) expect(encodeValueKey(one)).toEqual(encodeValueKey(new Int32(1)));
    const zeros = [new Double(-0), Decimal128.fromString("-0E+3"), new Int32(0)];
    for (const zero of zeros) expect(encodeValueKey(zero)).toEqual(Buffer.from([10, 3]));
    expect(encodeValueKey(Decimal128.fromString("NaN"))).toEqual(encodeValueKey(new Double(NaN)));
  });

  it("keep apart what a conversion to double would merge", () => {
    expect(encodeValueKey(Long.fromString("9007199254740993"))).not.toEqual(encodeValueKey(new Double(2 ** 53)));
    expect(Buffer.compare(encodeValueKey(Decimal128.fromString("0.1")), encodeValueKey(new Double(0.1)))).toBe(-1);
  });

  it("read a coefficient of more than 34 digits as zero", () => {
    expect(keyOf({ type: BSON_TYPE.decimal128, bytes: decimal(false, 10n ** 34n, 0) })).toEqual(Buffer.from([10, 3]));
  });

  it("follow the written layout, which is stored and may never change", () => {
    const hex = (value: unknown) => encodeValueKey(value).toString("hex");
    expect(hex(new ObjectId("0123456789abcdef01234567"))).toBe("230123456789abcdef01234567");
    expect(hex(new Int32(5))).toBe("0a0480013300");
    expect(hex(new Int32(-123))).toBe("0a027ffcf2e0ff");
    expect(hex(new Double(0.25))).toBe("0a0480001a00");
    expect(hex("a\0b")).toBe("0f6100ff6200");
    expect(hex(new Date(0))).toBe("2d8000000000000000");
    expect(hex(true)).toBe("2801");
    expect(hex(null)).toBe("05");
    expect(hex(new Binary(Buffer.from("abc"), 4))).toBe("1e0000000304616263");
    expect(hex(new Map([["b", new Int32(1)]]))).toBe("140a62000480010b0000");
    expect(hex(["x"])).toBe("190f780000");
  });

  it("hold ids of megabytes", () => {
    const id = "x".repeat(3_000_000);
    expect(encodeValueKey(id)).toHaveLength(id.length + 2);
    expect(encodeValueKey(new Int32(7))).toEqual(encodeValueKey(new Double(7)));
  });

  it("take the top-level _id wherever it stands, and say so when there is none", () => {
    const one = { type: BSON_TYPE.int32, bytes: Buffer.from([1, 0, 0, 0]) };
    const nested = { type: BSON_TYPE.object, bytes: rawDocument([["_id", one]]) };
    expect(
      encodeIdKey(
        rawDocument([
          ["a", nested],
          ["_id", one],
        ]),
      ),
    ).toEqual(encodeValueKey(1));
    expect(() => encodeIdKey(rawDocument([["a", nested]]))).toThrowError(
      expect.objectContaining({ code: "BSON_INVALID" }),
    );
  });
});
