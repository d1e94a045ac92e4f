/**
 * Decimal128 arithmetic on the IEEE 754-2008 binary integer encoding: 34 digits, exponents -6176 to 6111, rounding
 * half to even, as the server's library does by default.
 */
export type Decimal =
  | { readonly kind: "finite"; readonly negative: boolean; readonly digits: bigint; readonly exponent: number }
  | { readonly kind: "infinity"; readonly negative: boolean }
  | { readonly kind: "nan" };

export const DECIMAL_DIGITS_MAX = 34;
const EXPONENT_MIN = -6176;
const EXPONENT_MAX = 6111;
const EXPONENT_BIAS = 6176;
const DIGITS_LIMIT = 10n ** 34n;
const NAN: Decimal = { kind: "nan" };

/** Decodes 16 little-endian bytes at `at`. Coefficients of 10^34 and above count as zero (IEEE 754-2008, 3.5.2). */
export function readDecimal(buf: Buffer, at: number): Decimal {
  const low = buf.readBigUInt64LE(at);
  const high = buf.readBigUInt64LE(at + 8);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 0x1fn);
  if (combination === 0x1f) return NAN;
  if (combination === 0x1e) return { kind: "infinity", negative };
  const large = combination >> 3 === 3;
  const exponent = Number((high >> (large ? 47n : 49n)) & 0x3fffn) - EXPONENT_BIAS;
  let digits = large ? DIGITS_LIMIT : ((high & 0x1ffffffffffffn) << 64n) | low;
  if (digits >= DIGITS_LIMIT) digits = 0n;
  return { kind: "finite", negative, digits, exponent };
}

/** Encodes to 16 bytes, rounding to 34 digits; too large becomes infinity, too small zero. */
export function writeDecimal(value: Decimal): Buffer {
  const out = Buffer.alloc(16);
  if (value.kind === "nan") {
    out.writeBigUInt64LE(0x7c00000000000000n, 8);
    return out;
  }
  const sign = value.negative ? 1n << 63n : 0n;
  const rounded = value.kind === "finite" ? fit(value) : value;
  if (rounded.kind !== "finite") {
    out.writeBigUInt64LE(sign | 0x7800000000000000n, 8);
    return out;
  }
  const biased = BigInt(rounded.exponent + EXPONENT_BIAS);
  out.writeBigUInt64LE(rounded.digits & 0xffffffffffffffffn, 0);
  out.writeBigUInt64LE(sign | (biased << 49n) | (rounded.digits >> 64n), 8);
  return out;
}

type Finite = Extract<Decimal, { kind: "finite" }>;

function digitCount(digits: bigint): number {
  return digits === 0n ? 1 : digits.toString().length;
}

function roundHalfEven(digits: bigint, drop: number): bigint {
  if (drop <= 0) return digits;
  const unit = 10n ** BigInt(drop);
  const quotient = digits / unit;
  const twice = (digits % unit) * 2n;
  return twice > unit || (twice === unit && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

function fit(value: Finite): Decimal {
  let { digits, exponent } = value;
  let drop = Math.max(digitCount(digits) - DECIMAL_DIGITS_MAX, EXPONENT_MIN - exponent, 0);
  while (drop > 0) {
    digits = roundHalfEven(digits, drop);
    exponent += drop;
    drop = Math.max(digitCount(digits) - DECIMAL_DIGITS_MAX, 0);
  }
  if (exponent > EXPONENT_MAX) {
    const pad = exponent - EXPONENT_MAX;
    if (digits === 0n) return { ...value, digits, exponent: EXPONENT_MAX };
    if (digitCount(digits) + pad > DECIMAL_DIGITS_MAX) return { kind: "infinity", negative: value.negative };
    return { ...value, digits: digits * 10n ** BigInt(pad), exponent: EXPONENT_MAX };
  }
  return { ...value, digits, exponent };
}

/** An integer as a decimal. */
export function decimalOfInteger(value: bigint): Decimal {
  return { kind: "finite", negative: value < 0n, digits: value < 0n ? -value : value, exponent: 0 };
}

/** A double as the server converts it: 15 significant digits. */
export function decimalOfDouble(value: number): Decimal {
  if (Number.isNaN(value)) return NAN;
  if (!Number.isFinite(value)) return { kind: "infinity", negative: value < 0 };
  if (Number.isInteger(value) && Math.abs(value) < 1e15) {
    const whole = decimalOfInteger(BigInt(value)) as Finite;
    return { ...whole, negative: value < 0 || Object.is(value, -0) };
  }
  return parseDecimal(value.toPrecision(15)) ?? NAN;
}

/** Reads decimal text ("12.30", "-1E+3", "Infinity", "NaN"); null when it is not a number. */
export function parseDecimal(text: string): Decimal | null {
  const special = /^([+-]?)(inf|infinity)$/i.exec(text);
  if (special) return { kind: "infinity", negative: special[1] === "-" };
  if (/^[+-]?nan$/i.test(text)) return NAN;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text);
  if (!match) return null;
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  if (whole + fraction === "") return null;
  return {
    kind: "finite",
    negative: sign === "-",
    digits: BigInt(whole + fraction),
    exponent: Number(power) - fraction.length,
  };
}

/** The nearest double. */
export function decimalToNumber(value: Decimal): number {
  if (value.kind === "nan") return NaN;
  if (value.kind === "infinity") return value.negative ? -Infinity : Infinity;
  return Number(`${value.negative ? "-" : ""}${value.digits}e${value.exponent}`);
}

/** The integer part, cut towards zero; null for NaN and infinity. */
export function decimalToInteger(value: Decimal): bigint | null {
  if (value.kind !== "finite") return null;
  const size = value.exponent >= 0 ? value.digits * 10n ** BigInt(value.exponent) : cut(value.digits, -value.exponent);
  return value.negative ? -size : size;
}

function cut(digits: bigint, drop: number): bigint {
  return drop > 40 ? 0n : digits / 10n ** BigInt(drop);
}

function signedDigits(value: Finite, exponent: number): bigint {
  const digits = value.digits * 10n ** BigInt(value.exponent - exponent);
  return value.negative ? -digits : digits;
}

export function negateDecimal(value: Decimal): Decimal {
  return value.kind === "nan" ? value : { ...value, negative: !value.negative };
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === "nan" || b.kind === "nan") return NAN;
  if (a.kind === "infinity") return b.kind === "infinity" && b.negative !== a.negative ? NAN : a;
  if (b.kind === "infinity") return b;
  if (Math.abs(a.exponent - b.exponent) > 2 * EXPONENT_BIAS) return a.exponent > b.exponent ? a : b;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = signedDigits(a, exponent) + signedDigits(b, exponent);
  const negative = sum < 0n || (sum === 0n && a.negative && b.negative);
  return { kind: "finite", negative, digits: sum < 0n ? -sum : sum, exponent };
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === "nan" || b.kind === "nan") return NAN;
  const negative = a.negative !== b.negative;
  if (a.kind === "infinity" || b.kind === "infinity") {
    const zero = (a.kind === "finite" && a.digits === 0n) || (b.kind === "finite" && b.digits === 0n);
    return zero ? NAN : { kind: "infinity", negative };
  }
  return { kind: "finite", negative, digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

/** Quotient to 34 digits; the caller refuses a zero divisor. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === "nan" || b.kind === "nan") return NAN;
  const negative = a.negative !== b.negative;
  if (a.kind === "infinity") return b.kind === "infinity" ? NAN : { kind: "infinity", negative };
  if (b.kind === "infinity") return { kind: "finite", negative, digits: 0n, exponent: EXPONENT_MIN };
  if (b.digits === 0n) return a.digits === 0n ? NAN : { kind: "infinity", negative };
  const shift = Math.max(0, DECIMAL_DIGITS_MAX + 2 + digitCount(b.digits) - digitCount(a.digits));
  const scaled = a.digits * 10n ** BigInt(shift);
  let digits = scaled / b.digits;
  let exponent = a.exponent - b.exponent - shift;
  if (scaled % b.digits !== 0n) {
    digits = digits * 10n + 1n;
    exponent -= 1;
  } else {
    const ideal = a.exponent - b.exponent;
    while (exponent < ideal && digits % 10n === 0n && digits !== 0n) {
      digits /= 10n;
      exponent += 1;
    }
    if (digits === 0n) exponent = ideal;
  }
  return { kind: "finite", negative, digits, exponent };
}

/** Remainder with the sign of the dividend; the caller refuses a zero divisor. */
export function remainderDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind !== "finite" || b.kind === "nan") return NAN;
  if (b.kind === "infinity") return a;
  if (b.digits === 0n) return NAN;
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.digits * 10n ** BigInt(a.exponent - exponent);
  const right = b.digits * 10n ** BigInt(b.exponent - exponent);
  return { kind: "finite", negative: a.negative, digits: left % right, exponent };
}

export type Rounding = "halfEven" | "towardsZero" | "floor" | "ceil";

/** Rounds to a multiple of 10^-places. */
export function roundDecimal(value: Decimal, places: number, rounding: Rounding): Decimal {
  if (value.kind !== "finite" || value.exponent >= -places) return value;
  const drop = -places - value.exponent;
  const unit = 10n ** BigInt(drop);
  let digits = value.digits / unit;
  const rest = value.digits % unit;
  const up = (rounding === "floor" && value.negative) || (rounding === "ceil" && !value.negative);
  if (rounding === "halfEven") digits = roundHalfEven(value.digits, drop);
  else if (up && rest !== 0n) digits += 1n;
  return { kind: "finite", negative: value.negative, digits, exponent: -places };
}
