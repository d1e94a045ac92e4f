import { commandError } from "../../command-error";
import type { Collation } from "../collation";
import { compileNode } from "../filter";
import { conjuncts, type FilterNode } from "../filter-node";
import { parseFilter } from "../filter-parse";
import { rawDocument, rawObject, type DocumentLike, type Raw } from "../raw";
import type { Operation } from "./operations";

/** Asks whether an array element satisfies the filter of an identifier. */
export type ArrayFilters = ReadonlyMap<string, (item: Raw) => boolean>;

/** Compiles arrayFilters. Throws 9 for two of one identifier, one without field, one that no path uses, or a missing one. */
export function compileArrayFilters(
  filters: readonly DocumentLike[],
  operations: readonly Operation[],
  collation: Collation | null,
): ArrayFilters {
  const out = new Map<string, (item: Raw) => boolean>();
  for (const filter of filters) {
    const node = parseFilter(rawDocument(filter), { collation, variables: {} });
    const identifier = identifierOf(node);
    if (out.has(identifier)) {
      throw commandError(9, `Found multiple array filters with the same top-level field name ${identifier}`);
    }
    const matches = compileNode(node, collation);
    out.set(identifier, (item) => {
      const doc = rawObject([{ name: identifier, value: item }]);
      return matches(doc.buf, doc.start, doc.end);
    });
  }
  const used = new Set<string>();
  for (const { path } of operations) {
    for (const step of path.steps) {
      if (step.kind !== "filtered") continue;
      if (!out.has(step.identifier)) {
        throw commandError(9, `No array filter found for identifier '${step.identifier}' in path '${path.text}'`);
      }
      used.add(step.identifier);
    }
  }
  for (const identifier of out.keys()) {
    if (!used.has(identifier)) {
      throw commandError(9, `The array filter for identifier '${identifier}' was not used in the update`);
    }
  }
  return out;
}

function identifierOf(node: FilterNode): string {
  const names = new Set(topNames(node));
  if (names.size === 0)
    throw commandError(9, "Cannot use an expression without a top-level field name in arrayFilters");
  const [first, second] = names;
  if (second !== undefined) {
    throw commandError(
      9,
      `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${first}' and '${second}'`,
    );
  }
  if (!/^[a-z][a-zA-Z0-9]*$/.test(first!)) {
    throw commandError(
      2,
      `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${first}'`,
    );
  }
  return first!;
}

function topNames(node: FilterNode): string[] {
  switch (node.op) {
    case "leaf":
      return [node.path.split(".")[0]!];
    case "not":
      return topNames(node.child);
    case "and":
    case "or":
    case "nor":
      return (node.op === "and" ? conjuncts(node) : node.children).flatMap(topNames);
    default:
      return [];
  }
}
