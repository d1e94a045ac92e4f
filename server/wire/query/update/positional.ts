import { BSON_TYPE, BsonCursor } from "@/server/engine/bson/document";
import type { Collation } from "../collation";
import { compileNode, compileValueTest } from "../filter";
import type { FilterNode } from "../filter-node";
import { matchPath } from "../path-walk";
import { fieldOf, itemsOf, type Raw } from "../raw";

interface Match {
  readonly array: string;
  readonly index: number;
}

/**
 * The index that `$` stands for below `array`: the first element by which a condition of the filter holds, of the last
 * condition that goes through that array; failing that, of the last that goes through any. Null when none does.
 */
export function positionalIndex(
  filter: FilterNode,
  doc: Raw,
  array: string,
  collation: Collation | null,
): number | null {
  const matches = matchesOf(filter, doc, collation);
  const own = matches.filter((match) => match.array === array);
  return (own.at(-1) ?? matches.at(-1))?.index ?? null;
}

function matchesOf(node: FilterNode, doc: Raw, collation: Collation | null): Match[] {
  if (node.op === "leaf") {
    const match = leafMatch(node, doc, collation);
    return match === null ? [] : [match];
  }
  if (node.op === "and") return node.children.flatMap((child) => matchesOf(child, doc, collation));
  if (node.op !== "or") return [];
  const holds = node.children.find((child) => compileNode(child, collation)(doc.buf, doc.start, doc.end));
  return holds ? matchesOf(holds, doc, collation) : [];
}

function leafMatch(node: Extract<FilterNode, { op: "leaf" }>, doc: Raw, collation: Collation | null): Match | null {
  const path = matchPath(node.path);
  let current = doc;
  for (let depth = 0; depth < path.parts.length; depth += 1) {
    const next = current.isArray
      ? (itemsOf(current)[path.indexes[depth]!] ?? null)
      : fieldOf(current, path.parts[depth]!);
    if (next === null || (!next.isObject && !next.isArray)) return null;
    current = next;
    const explicit = (path.indexes[depth + 1] ?? -1) >= 0;
    if (!current.isArray || explicit) continue;
    const rest = path.parts.slice(depth + 1).join(".");
    const index = firstMatch(node, rest, current, collation);
    return index < 0 ? null : { array: path.parts.slice(0, depth + 1).join("."), index };
  }
  return null;
}

function firstMatch(
  node: Extract<FilterNode, { op: "leaf" }>,
  rest: string,
  array: Raw,
  collation: Collation | null,
): number {
  const test = elementTest(node, rest, collation);
  const cursor = new BsonCursor(array.buf, array.start, array.end);
  for (let index = 0; cursor.next(); index += 1) {
    if (test(array.at(cursor.type, cursor.start, cursor.end))) return index;
  }
  return -1;
}

function elementTest(
  node: Extract<FilterNode, { op: "leaf" }>,
  rest: string,
  collation: Collation | null,
): (item: Raw) => boolean {
  const { leaf } = node;
  if (rest !== "") {
    const matches = compileNode({ op: "leaf", path: rest, leaf }, collation);
    return (item) => item.type === BSON_TYPE.object && matches(item.buf, item.start, item.end);
  }
  if (leaf.kind === "elemMatchObject") {
    const matches = compileNode(leaf.filter, collation);
    return (item) => (item.isObject || item.isArray) && matches(item.buf, item.start, item.end);
  }
  const inner: FilterNode = leaf.kind === "elemMatchValue" ? { op: "and", children: leaf.conditions } : node;
  const test = compileValueTest(inner, collation);
  return (item) => test(item.buf, item.type, item.start, item.end);
}
