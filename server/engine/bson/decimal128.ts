/** A finite decimal: (-1)^negative x coefficient x 10^exponent. */
export interface DecimalParts {
  readonly negative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
}

const EXPONENT_BIAS = 6176;
const COEFFICIENT_MAX = 10n ** 34n - 1n;

/**
 * Takes apart the 16 little-endian bytes of a decimal128 (IEEE 754-2008, binary integer significand). A coefficient
 * beyond 34 digits, which includes the whole second form, stands for zero, as the server's library reads it.
 */
export function decimalParts(doc: Buffer, start: number): DecimalParts | "NaN" | "Infinity" | "-Infinity" {
  const top = doc.readUInt32LE(start + 12);
  const negative = top >= 0x8000_0000;
  const combination = (top >>> 26) & 0x1f;
  if (combination === 0x1f) return "NaN";
  if (combination === 0x1e) return negative ? "-Infinity" : "Infinity";
  if (combination >= 0x18) return { negative, coefficient: 0n, exponent: 0 };
  const exponent = ((top >>> 17) & 0x3fff) - EXPONENT_BIAS;
  const high = (BigInt(top & 0x1_ffff) << 32n) | BigInt(doc.readUInt32LE(start + 8));
  const coefficient = (high << 64n) | doc.readBigUInt64LE(start);
  return { negative, coefficient: coefficient > COEFFICIENT_MAX ? 0n : coefficient, exponent };
}
