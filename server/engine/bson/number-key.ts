import { BSON_TYPE } from "./cursor";
import { decimalParts } from "./decimal128";
import type { KeyWriter } from "./key-writer";

/**
 * Numbers of all four types as one order: a class byte, then for finite values other than zero the exact decimal
 * expansion 0.d1d2… x 10^e without leading or trailing zeros: e as uint16 (plus 0x8000), the digits in pairs (value + 1,
 * so that 00 ends them). Negative numbers are complemented. Type, decimal cohort and the sign of zero leave no trace, so
 * equal numbers have equal keys. Nothing is rounded on the way: the double 0.1 is longer than the decimal 0.1.
 */
const CLASS = { nan: 0, minusInfinity: 1, negative: 2, zero: 3, positive: 4, plusInfinity: 5 } as const;
const EXPONENT_BIAS = 0x8000;
/** Below this a number times ten (an odd count of digits is padded) is still exact. */
const SMALL_LIMIT = 900_000_000_000_000;
const LOWEST_INT64_HIGH_WORD = -0x200000;

/** Writes the key of the number at `start`, without the rank byte. */
export function writeNumber(writer: KeyWriter, doc: Buffer, type: number, start: number): void {
  switch (type) {
    case BSON_TYPE.int32:
      return writeInteger(writer, doc.readInt32LE(start));
    case BSON_TYPE.int64:
      return writeInt64(writer, doc, start);
    case BSON_TYPE.double:
      return writeDouble(writer, doc.readDoubleLE(start));
    default:
      return writeDecimal128(writer, doc, start);
  }
}

function writeInt64(writer: KeyWriter, doc: Buffer, start: number): void {
  const high = doc.readInt32LE(start + 4);
  if (high >= LOWEST_INT64_HIGH_WORD && high < -LOWEST_INT64_HIGH_WORD) {
    return writeInteger(writer, high * 0x1_0000_0000 + doc.readUInt32LE(start));
  }
  writeBigInteger(writer, doc.readBigInt64LE(start));
}

function writeDouble(writer: KeyWriter, value: number): void {
  if (Number.isNaN(value)) return writer.byte(CLASS.nan);
  if (value === Infinity) return writer.byte(CLASS.plusInfinity);
  if (value === -Infinity) return writer.byte(CLASS.minusInfinity);
  if (Number.isSafeInteger(value)) return writeInteger(writer, value);
  if (Number.isInteger(value)) return writeBigInteger(writer, BigInt(value));
  // An odd mantissa and a power of two below zero: m x 2^-k has the digits of m x 5^k and k places.
  let mantissa = Math.abs(value);
  let places = 0;
  while (!Number.isInteger(mantissa) && places < 52) {
    mantissa *= 2;
    places += 1;
  }
  if (Number.isInteger(mantissa)) {
    const digits = (BigInt(mantissa) * 5n ** BigInt(places)).toString();
    return writeDigits(writer, value < 0, digits, digits.length - places);
  }
  writeTinyDouble(writer, value);
}

/** Doubles with more than 52 binary places, subnormal ones included, taken apart by their bits. */
function writeTinyDouble(writer: KeyWriter, value: number): void {
  const bits = Buffer.allocUnsafe(8);
  bits.writeDoubleBE(Math.abs(value));
  const word = bits.readBigUInt64BE();
  const stated = Number(word >> 52n);
  let mantissa = word & 0xf_ffff_ffff_ffffn;
  if (stated > 0) mantissa |= 1n << 52n;
  let places = 1075 - Math.max(stated, 1);
  while ((mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    places -= 1;
  }
  const digits = (mantissa * 5n ** BigInt(places)).toString();
  writeDigits(writer, value < 0, digits, digits.length - places);
}

function writeDecimal128(writer: KeyWriter, doc: Buffer, start: number): void {
  const parts = decimalParts(doc, start);
  if (parts === "NaN") return writer.byte(CLASS.nan);
  if (parts === "Infinity") return writer.byte(CLASS.plusInfinity);
  if (parts === "-Infinity") return writer.byte(CLASS.minusInfinity);
  if (parts.coefficient === 0n) return writer.byte(CLASS.zero);
  const digits = parts.coefficient.toString();
  writeDigits(writer, parts.negative, digits, digits.length + parts.exponent);
}

function writeBigInteger(writer: KeyWriter, value: bigint): void {
  const digits = (value < 0n ? -value : value).toString();
  writeDigits(writer, value < 0n, digits, digits.length);
}

/** `digits` has no leading zero; the value is 0.digits x 10^exponent. */
function writeDigits(writer: KeyWriter, negative: boolean, digits: string, exponent: number): void {
  let count = digits.length;
  while (digits.charCodeAt(count - 1) === 0x30) count -= 1;
  const from = writeHead(writer, negative, exponent);
  for (let i = 0; i < count; i += 2) {
    const low = i + 1 < count ? digits.charCodeAt(i + 1) - 0x30 : 0;
    writer.byte((digits.charCodeAt(i) - 0x30) * 10 + low + 1);
  }
  writer.byte(0);
  if (negative) writer.complementFrom(from);
}

/** A safe integer by plain arithmetic: the path of nearly every numeric id. */
function writeInteger(writer: KeyWriter, value: number): void {
  if (value === 0) return writer.byte(CLASS.zero);
  let rest = Math.abs(value);
  if (rest >= SMALL_LIMIT) return writeDigits(writer, value < 0, rest.toString(), rest.toString().length);
  let digits = 1;
  for (let power = 10; rest >= power; power *= 10) digits += 1;
  const from = writeHead(writer, value < 0, digits);
  if (digits % 2 === 1) rest *= 10;
  let pairs = (digits + 1) >> 1;
  while (rest % 100 === 0) {
    rest /= 100;
    pairs -= 1;
  }
  writer.reserve(pairs + 1);
  for (let i = pairs - 1; i >= 0; i -= 1) {
    const pair = rest % 100;
    writer.bytes[writer.length + i] = pair + 1;
    rest = (rest - pair) / 100;
  }
  writer.length += pairs;
  writer.byte(0);
  if (value < 0) writer.complementFrom(from);
}

/** Class and exponent; answers where the part begins that a negative number complements. */
function writeHead(writer: KeyWriter, negative: boolean, exponent: number): number {
  writer.byte(negative ? CLASS.negative : CLASS.positive);
  const from = writer.length;
  writer.reserve(2);
  writer.length = writer.bytes.writeUInt16BE(exponent + EXPONENT_BIAS, from);
  return from;
}
