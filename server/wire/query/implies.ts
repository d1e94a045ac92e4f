import type { Collation } from "./collation";
import { compileNode } from "./filter";
import { conjuncts, type FilterNode, type Leaf } from "./filter-node";
import { BSON_TYPE } from "@/server/engine/bson/document";
import { compareRaw, canonicalRank, equalRaw } from "./compare";
import { documentOf, type Raw } from "./raw";

/**
 * True only when every document that satisfies `filter` satisfies `partial`: the condition for using a partial index.
 * Cautious: false for anything but plain comparisons, $in and $exists joined by $and (or $or in the partial filter).
 */
export function implies(filter: FilterNode, partial: FilterNode, collation: Collation | null): boolean {
  switch (partial.op) {
    case "always":
      return partial.value;
    case "and":
      return partial.children.every((child) => implies(filter, child, collation));
    case "or":
      return partial.children.some((child) => implies(filter, child, collation));
    case "leaf":
      return conjuncts(filter).some(
        (node) => node.op === "leaf" && node.path === partial.path && leafImplies(node.leaf, partial.leaf, collation),
      );
    default:
      return false;
  }
}

/** Whether an element that satisfies `known` satisfies `wanted`. Both look at one and the same element. */
function leafImplies(known: Leaf, wanted: Leaf, collation: Collation | null): boolean {
  switch (known.kind) {
    case "eq":
      return valueImplies(known.value, wanted, collation);
    case "in":
      return (
        known.patterns.length === 0 &&
        known.values.length > 0 &&
        known.values.every((value) => valueImplies(value, wanted, collation))
      );
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return rangeImplies(known, wanted, collation);
    case "exists":
      return wanted.kind === "exists";
    case "type":
      if (wanted.kind === "exists") return true;
      return wanted.kind === "type" && [...known.types].every((type) => wanted.types.has(type));
    default:
      return wanted.kind === "exists" && (known.kind === "regex" || known.kind === "mod" || known.kind === "size");
  }
}

/** Null also means "missing", and a whole array also stands for its elements: neither proves anything. */
function plain(value: Raw): boolean {
  return !value.isNullish && !value.isArray && value.type !== BSON_TYPE.minKey && value.type !== BSON_TYPE.maxKey;
}

function valueImplies(value: Raw, wanted: Leaf, collation: Collation | null): boolean {
  if (!plain(value)) return wanted.kind === "eq" && equalRaw(value, wanted.value, collation);
  // $type would see int32 5, while {a: 5} also finds the long and the double.
  if (wanted.kind === "type" && (value.isNumber || value.isString)) return false;
  const doc = documentOf([{ name: "v", value }]);
  const node: FilterNode = { op: "leaf", path: "v", leaf: wanted };
  return compileNode(node, collation)(doc, 0, doc.length);
}

function rangeImplies(known: Extract<Leaf, { value: Raw }>, wanted: Leaf, collation: Collation | null): boolean {
  if (!plain(known.value)) return false;
  if (wanted.kind === "exists") return true;
  if (wanted.kind !== "gt" && wanted.kind !== "gte" && wanted.kind !== "lt" && wanted.kind !== "lte") return false;
  const upward = known.kind === "gt" || known.kind === "gte";
  if (upward !== (wanted.kind === "gt" || wanted.kind === "gte")) return false;
  if (canonicalRank(known.value.type) !== canonicalRank(wanted.value.type)) return false;
  const order = compareRaw(known.value, wanted.value, collation) * (upward ? 1 : -1);
  if (order !== 0) return order > 0;
  return wanted.kind.endsWith("e") || !known.kind.endsWith("e");
}
