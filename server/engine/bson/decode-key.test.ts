import { Binary, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from "bson";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valueArbitrary, inDocument } from "./bson-arbitrary";
import { decodeKey } from "./decode-key";
import { encodeKey, encodeValueKey } from "./key";

const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noDefaultInfinity: false }),
    fc.string({ unit: "binary" }),
    fc.boolean(),
    fc.constantFrom(null, new MinKey(), new MaxKey()),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => new Timestamp(value)),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => new Binary(Buffer.from(bytes), 0)),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie("value"), { maxKeys: 3 }),
  ),
}));

describe("the value of a key", () => {
  it("has that key again", () => {
    fc.assert(
      fc.property(values.value, (value) => {
        const key = encodeValueKey(value);
        const decoded = decodeKey(key);
        expect(decoded).not.toBeNull();
        expect(encodeValueKey(decoded!.value).toString("hex")).toBe(key.toString("hex"));
      }),
      { numRuns: 500 },
    );
  });

  it("is plain for the usual kinds of _id", () => {
    const id = new ObjectId();
    for (const value of [1, -25, 0, 1e6, 0.5, -123.25, "text", "with \u0000 inside", true, null]) {
      expect(decodeKey(encodeValueKey(value))).toEqual({ value });
    }
    expect(decodeKey(encodeValueKey(id))!.value).toEqual(id);
    expect(decodeKey(encodeValueKey(new Double(5)))).toEqual({ value: 5 });
    expect(decodeKey(encodeValueKey({ a: 1, b: ["x"] }))).toEqual({ value: { a: 1, b: ["x"] } });
  });

  it("is asked of any key, whole or cut short, without failing", () => {
    fc.assert(
      fc.property(valueArbitrary, fc.nat(), (raw, cut) => {
        const { doc, element } = inDocument(raw);
        const key = encodeKey(doc, element);
        for (const bytes of [key, key.subarray(0, cut % key.length)]) {
          const decoded = decodeKey(bytes);
          if (decoded) expect(decoded).toHaveProperty("value");
        }
      }),
    );
  });
});
