import { addDecimals, multiplyDecimals, type Decimal } from "./decimal";
import { asDecimal, asDouble, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, type Numeric } from "./numbers";

interface Operation {
  readonly integers: (a: bigint, b: bigint) => bigint;
  readonly doubles: (a: number, b: number) => number;
  readonly decimals: (a: Decimal, b: Decimal) => Decimal;
}

const ADD: Operation = { integers: (a, b) => a + b, doubles: (a, b) => a + b, decimals: addDecimals };
const MULTIPLY: Operation = { integers: (a, b) => a * b, doubles: (a, b) => a * b, decimals: multiplyDecimals };

/** The wider type of two operands decides; int32 widens to int64 when it must; null when int64 overflows. */
function combine(operation: Operation, a: Numeric, b: Numeric): Numeric | null {
  if (a.type === "decimal" || b.type === "decimal") {
    return { type: "decimal", value: operation.decimals(asDecimal(a), asDecimal(b)) };
  }
  if (a.type === "double" || b.type === "double") {
    return { type: "double", value: operation.doubles(asDouble(a), asDouble(b)) };
  }
  return integerOf(operation.integers(a.value, b.value), a.type === "int64" || b.type === "int64");
}

/** An integer in the smallest type allowed; null when it needs more than 64 bits. */
export function integerOf(value: bigint, isLong: boolean): Numeric | null {
  if (!isLong && value >= INT32_MIN && value <= INT32_MAX) return { type: "int32", value };
  return value >= INT64_MIN && value <= INT64_MAX ? { type: "int64", value } : null;
}

/** Sum in the type the server gives it; null when int64 overflows. */
export function add(a: Numeric, b: Numeric): Numeric | null {
  return combine(ADD, a, b);
}

/** Product in the type the server gives it; null when int64 overflows. */
export function multiply(a: Numeric, b: Numeric): Numeric | null {
  return combine(MULTIPLY, a, b);
}
