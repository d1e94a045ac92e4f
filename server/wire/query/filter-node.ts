import type { Pattern } from "./regex";
import type { Raw } from "./raw";

export type Comparison = "eq" | "gt" | "gte" | "lt" | "lte";
export type BitsTest = "allSet" | "anySet" | "allClear" | "anyClear";

/** A condition on one value at a path. */
export type Leaf =
  | { readonly kind: Comparison; readonly value: Raw }
  | { readonly kind: "in"; readonly values: readonly Raw[]; readonly patterns: readonly Pattern[] }
  | { readonly kind: "regex"; readonly pattern: Pattern }
  | { readonly kind: "exists" }
  | { readonly kind: "type"; readonly types: ReadonlySet<number> }
  | { readonly kind: "mod"; readonly divisor: bigint; readonly remainder: bigint }
  | { readonly kind: "size"; readonly size: number }
  | { readonly kind: "bits"; readonly test: BitsTest; readonly mask: bigint }
  | { readonly kind: "elemMatchObject"; readonly filter: FilterNode }
  | { readonly kind: "elemMatchValue"; readonly conditions: readonly FilterNode[] };

/** A parsed filter. The planner reads it for bounds, the matcher compiles it. */
export type FilterNode =
  | { readonly op: "and" | "or" | "nor"; readonly children: readonly FilterNode[] }
  | { readonly op: "not"; readonly child: FilterNode }
  | { readonly op: "leaf"; readonly path: string; readonly leaf: Leaf }
  | { readonly op: "always"; readonly value: boolean }
  /** A condition on the whole document that no index helps: $expr, $jsonSchema, $sampleRate. */
  | { readonly op: "document"; readonly name: string; readonly test: (doc: Raw) => boolean };

export const ALWAYS: FilterNode = { op: "always", value: true };
export const NEVER: FilterNode = { op: "always", value: false };

/** Joins conditions; none means always, one stands for itself. */
export function allOf(children: readonly FilterNode[]): FilterNode {
  if (children.length === 1) return children[0]!;
  return children.length === 0 ? ALWAYS : { op: "and", children };
}

/** The conditions that must all hold, nested $and taken apart. */
export function conjuncts(node: FilterNode): FilterNode[] {
  return node.op === "and" ? node.children.flatMap(conjuncts) : [node];
}
