import { BSON_TYPE } from "@/server/engine/bson/document";
import { toNumber } from "./numbers";
import type { Raw } from "./raw";

/** What counts as true where the server wants a flag: all but false, null, undefined, missing and any zero. */
export function isTruthy(value: Raw): boolean {
  if (value.type === BSON_TYPE.bool) return value.buf[value.start] !== 0;
  if (value.isNumber) return toNumber(value) !== 0;
  return value.type !== 0 && !value.isNullish;
}
