import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import type { Collation } from "../collation";
import { compileNode, compileValueTest } from "../filter";
import type { FilterNode } from "../filter-node";
import { parseFilter, parseOperators } from "../filter-parse";
import { isOperatorObject } from "../filter-values";
import { exactInt64 } from "../numbers";
import { fieldsOf, itemsOf, MISSING, rawArray, type Raw } from "../raw";
import { positionalIndex } from "../update/positional";
import type { ProjectionLeaf } from "./tree";

/** {$elemMatch: …}: the first element that matches, in an array; nothing when none does. */
export function elemMatchTransform(value: Raw, collation: Collation | null): ProjectionLeaf {
  if (!value.isObject) throw commandError(31274, "elemMatch: Invalid argument, object required");
  const test = elementTest(value, collation);
  return {
    kind: "transform",
    transform: (array) => {
      if (!array.isArray) return MISSING;
      const found = itemsOf(array).find(test);
      return found === undefined ? MISSING : rawArray([found]);
    },
  };
}

function elementTest(value: Raw, collation: Collation | null): (item: Raw) => boolean {
  const context = { collation, variables: {} };
  const first = fieldsOf(value)[0]?.name ?? "";
  if (isOperatorObject(value) && !["$and", "$or", "$nor", "$expr"].includes(first)) {
    const test = compileValueTest(parseOperators("", value, context), collation);
    return (item) => test(item.buf, item.type, item.start, item.end);
  }
  const matches = compileNode(parseFilter(value, context), collation);
  return (item) => (item.isObject || item.isArray) && matches(item.buf, item.start, item.end);
}

/** {$slice: n} and {$slice: [skip, limit]}. Other values than arrays stay. */
export function sliceTransform(value: Raw): ProjectionLeaf {
  const numbers = (value.isArray ? itemsOf(value) : [value]).map((item) => Number(exactInt64(item) ?? 0n));
  if (value.isArray && numbers.length !== 2) throw commandError(28667, "$slice takes one number or an array of two");
  if (value.isArray && numbers[1]! <= 0) throw commandError(28724, "$slice limit must be positive");
  const cut = (items: Raw[]): Raw[] => {
    const [first, limit] = numbers;
    if (limit === undefined) return first! >= 0 ? items.slice(0, first) : items.slice(first);
    const from = first! >= 0 ? first! : Math.max(0, items.length + first!);
    return items.slice(from, from + limit);
  };
  return { kind: "transform", transform: (array) => (array.isArray ? rawArray(cut(itemsOf(array))) : array) };
}

/** "a.$": the element by which the filter found the document. Throws 51246 when the filter did not use the array. */
export function positionalTransform(path: string, filter: FilterNode, collation: Collation | null): ProjectionLeaf {
  return {
    kind: "transform",
    transform: (array, env) => {
      if (array.type !== BSON_TYPE.array) return array;
      const index = positionalIndex(filter, env.root, path, collation);
      const item = index === null ? undefined : itemsOf(array)[index];
      if (item === undefined) {
        throw commandError(
          51246,
          `Executor error during find command :: caused by :: positional operator '${path}.$' couldn't find a matching element in the array`,
        );
      }
      return rawArray([item]);
    },
  };
}
