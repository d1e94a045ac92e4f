import fc from "fast-check";
import { BSON_TYPE, findElement, type BsonElement } from "./document";

/** A value as its type byte and raw bytes: the tests build BSON without any library that might tidy it up. */
export interface RawValue {
  readonly type: number;
  readonly bytes: Buffer;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** A document of these elements, in this order. */
export function rawDocument(fields: ReadonlyArray<readonly [string, RawValue]>): Buffer {
  const body = fields.flatMap(([name, value]) => [
    Buffer.from([value.type]),
    Buffer.from(name, "utf8"),
    Buffer.from([0]),
    value.bytes,
  ]);
  const length = 5 + body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([int32(length), ...body, Buffer.from([0])]);
}

function text(value: Buffer): Buffer {
  return Buffer.concat([int32(value.length + 1), value, Buffer.from([0])]);
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

/** (-1)^negative x coefficient x 10^exponent, in the ordinary form. */
export function decimal(negative: boolean, coefficient: bigint, exponent: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(coefficient & 0xffff_ffff_ffff_ffffn, 0);
  const top = (BigInt(negative) << 63n) | (BigInt(exponent + 6176) << 49n) | (coefficient >> 64n);
  bytes.writeBigUInt64LE(top, 8);
  return bytes;
}

const interestingDoubles = [
  0,
  -0,
  0.1,
  0.5,
  -0.5,
  1,
  5e-324,
  -5e-324,
  2.2e-308,
  1.7e308,
  2 ** 53,
  2 ** 63,
  NaN,
  Infinity,
];
const MAX = 2n ** 63n - 1n;
const small = fc.integer({ min: -12, max: 12 });

/** Numbers of all four types, drawn so that equal and nearly equal ones of different types are common. */
export const numberArbitrary: fc.Arbitrary<RawValue> = fc.oneof(
  fc.oneof(small, fc.integer()).map((value) => ({ type: BSON_TYPE.int32, bytes: int32(value) })),
  fc
    .oneof(
      small.map(BigInt),
      fc.bigInt({ min: -MAX - 1n, max: MAX }),
      small.map((n) => 2n ** 53n + BigInt(n)),
    )
    .map((value) => ({ type: BSON_TYPE.int64, bytes: int64(value) })),
  fc
    .oneof(
      small,
      fc.double(),
      fc.constantFrom(...interestingDoubles),
      small.map((n) => n / 4),
      fc.integer().map((n) => n * 4096.5),
    )
    .map((value) => ({ type: BSON_TYPE.double, bytes: double(value) })),
  fc
    .tuple(
      fc.boolean(),
      fc.oneof(fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 0n, max: 10n ** 34n - 1n }), fc.constant(2n ** 53n)),
      fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -6176, max: 6111 })),
    )
    .map(([negative, coefficient, exponent]) => ({
      type: BSON_TYPE.decimal128,
      bytes: decimal(negative, coefficient, exponent),
    })),
  fc
    .constantFrom("7c", "fc", "7e", "78", "f8", "6f")
    .map((top) => ({ type: BSON_TYPE.decimal128, bytes: Buffer.from("01".repeat(15) + top, "hex") })),
);

const bytes = fc.uint8Array({ maxLength: 5 }).map((value) => Buffer.from(value));
const textBytes = fc.oneof(
  fc.array(fc.constantFrom(0, 1, 0x61, 0x62, 0xff), { maxLength: 4 }).map((codes) => Buffer.from(codes)),
  fc.string({ maxLength: 6 }).map((value) => Buffer.from(value, "utf8")),
);
const cstring = fc.constantFrom("", "a", "ab", "b", "é").map((value) => Buffer.from(`${value}\0`, "utf8"));
const name = fc.constantFrom("", "a", "ab", "b", "1", "__proto__");
const eight = fc.oneof(small.map(BigInt), fc.bigInt({ min: -MAX - 1n, max: MAX })).map(int64);

const scalar: fc.Arbitrary<RawValue> = fc.oneof(
  { weight: 4, arbitrary: numberArbitrary },
  fc.constantFrom(
    ...[BSON_TYPE.minKey, BSON_TYPE.maxKey, BSON_TYPE.null, BSON_TYPE.undefined].map((type) => ({
      type,
      bytes: Buffer.alloc(0),
    })),
  ),
  fc
    .tuple(fc.constantFrom(BSON_TYPE.string, BSON_TYPE.symbol, BSON_TYPE.code), textBytes)
    .map(([type, value]) => ({ type, bytes: text(value) })),
  fc.tuple(fc.constantFrom(0, 2, 4, 128), bytes).map(([subtype, value]) => ({
    type: BSON_TYPE.binData,
    bytes:
      subtype === 2
        ? Buffer.concat([int32(value.length + 4), Buffer.from([2]), int32(value.length), value])
        : Buffer.concat([int32(value.length), Buffer.from([subtype]), value]),
  })),
  fc
    .uint8Array({ minLength: 12, maxLength: 12 })
    .map((value) => ({ type: BSON_TYPE.objectId, bytes: Buffer.from(value) })),
  fc.constantFrom(0, 1).map((value) => ({ type: BSON_TYPE.bool, bytes: Buffer.from([value]) })),
  fc
    .tuple(fc.constantFrom(BSON_TYPE.date, BSON_TYPE.timestamp), eight)
    .map(([type, value]) => ({ type, bytes: value })),
  fc.tuple(cstring, cstring).map((parts) => ({ type: BSON_TYPE.regex, bytes: Buffer.concat(parts) })),
  fc.tuple(textBytes, fc.constantFrom("00", "ff", "7f")).map(([value, id]) => ({
    type: BSON_TYPE.dbPointer,
    bytes: Buffer.concat([text(value), Buffer.from(id.repeat(12), "hex")]),
  })),
);

/** Values of every BSON type, deprecated ones and nested ones included. */
export const { value: valueArbitrary } = fc.letrec<{ value: RawValue; document: Buffer }>((tie) => ({
  document: fc.array(fc.tuple(name, tie("value")), { maxLength: 3 }).map(rawDocument),
  value: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    scalar,
    tie("document").map((document) => ({ type: BSON_TYPE.object, bytes: document })),
    fc.array(tie("value"), { maxLength: 3 }).map((values) => ({
      type: BSON_TYPE.array,
      bytes: rawDocument(values.map((value, i) => [String(i), value] as const)),
    })),
    fc.tuple(textBytes, tie("document")).map(([code, scope]) => ({
      type: BSON_TYPE.codeWithScope,
      bytes: Buffer.concat([int32(8 + code.length + 1 + scope.length), text(code), scope]),
    })),
  ),
}));

/** The value as the only element of a document, and that element. */
export function inDocument(value: RawValue): { doc: Buffer; element: BsonElement } {
  const doc = rawDocument([["v", value]]);
  return { doc, element: findElement(doc, "v")! };
}
