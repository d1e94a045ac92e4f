import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { exactInt64 } from "./numbers";
import { itemsOf, type Raw } from "./raw";

const POSITION_MAX = 8n * 16n * 1024n * 1024n;

/** The mask of a $bits… operator: a non-negative integer, a list of bit positions, or binary data. */
export function bitMask(name: string, value: Raw): bigint {
  if (value.isNumber) {
    const mask = exactInt64(value);
    if (mask === null) throw commandError(9, `Expected an integer: ${name}`);
    if (mask < 0n) throw commandError(9, `Expected a non-negative number in: ${name}`);
    return mask;
  }
  if (value.type === BSON_TYPE.binData) return binaryBits(value.bytes());
  if (!value.isArray) {
    throw commandError(2, `${name} takes an Array, a number, or a BinData but received neither`);
  }
  let mask = 0n;
  for (const item of itemsOf(value)) {
    const position = item.isNumber ? exactInt64(item) : null;
    if (position === null) throw commandError(2, `Failed to parse bit position. Expected a number in: ${name}`);
    if (position < 0n) throw commandError(2, "Failed to parse bit position. Expected a non-negative number.");
    if (position > POSITION_MAX) throw commandError(2, "Failed to parse bit position. It is too large.");
    mask |= 1n << position;
  }
  return mask;
}

function binaryBits(bytes: Buffer): bigint {
  const data = bytes.subarray(5);
  let bits = 0n;
  for (let i = data.length - 1; i >= 0; i -= 1) bits = (bits << 8n) | BigInt(data[i]!);
  return bits;
}

/** The bits of a stored value: two's complement of any width for integers; null where the operators never match. */
export function bitsOf(value: Raw): bigint | null {
  if (value.type === BSON_TYPE.binData) return binaryBits(value.bytes());
  return exactInt64(value);
}
