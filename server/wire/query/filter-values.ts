import type { Collation } from "./collation";
import { fieldsOf, type Raw } from "./raw";
import { compilePattern, type Pattern } from "./regex";

export interface FilterContext {
  readonly collation: Collation | null;
  /** Values of `let` variables and of NOW, CLUSTER_TIME for $expr. */
  readonly variables: Readonly<Record<string, Raw>>;
}

/** True for {$gt: …} and the like; a first field without $ makes the whole thing a literal. */
export function isOperatorObject(value: Raw): boolean {
  if (!value.isObject) return false;
  const first = fieldsOf(value)[0];
  if (first === undefined || !first.name.startsWith("$")) return false;
  return !["$ref", "$id", "$db"].includes(first.name);
}

/** Pattern and flags of a regex value. */
export function patternOf(value: Raw): Pattern {
  const split = value.buf.indexOf(0, value.start);
  return compilePattern(
    value.buf.toString("utf8", value.start, split),
    value.buf.toString("utf8", split + 1, value.end - 1),
  );
}
