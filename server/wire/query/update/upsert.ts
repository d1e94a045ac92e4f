import { commandError } from "../../command-error";
import { conjuncts, type FilterNode } from "../filter-node";
import type { Raw } from "../raw";
import { freeze, open, TreeObject, type Node } from "./tree";

/**
 * The fields that an upsert takes over from its filter: every equality that must hold on a wanted path, `_id` first. Throws 54 when two
 * of them name the same path or one lies below another.
 */
export function documentFromFilter(filter: FilterNode, takes: (path: string) => boolean = () => true): Raw {
  const all: { path: string; value: Raw }[] = [];
  collect(filter, all);
  const equalities = all.filter(({ path }) => takes(path));
  equalities.sort((a, b) => Number(isId(b.path)) - Number(isId(a.path)));
  const seen: string[] = [];
  const root = new TreeObject([]);
  for (const { path, value } of equalities) {
    const clash = seen.find((known) => known === path || known.startsWith(`${path}.`) || path.startsWith(`${known}.`));
    if (clash !== undefined) {
      throw commandError(
        54,
        `cannot infer query fields to set, ${clash === path ? `path '${path}' is matched twice` : `both paths '${clash}' and '${path}' are matched`}`,
      );
    }
    seen.push(path);
    put(root, path.split("."), value);
  }
  return freeze(root);
}

/** True for `_id` and what lies below it. */
export function isId(path: string): boolean {
  return path === "_id" || path.startsWith("_id.");
}

function collect(node: FilterNode, out: { path: string; value: Raw }[]): void {
  for (const part of conjuncts(node)) {
    if (part.op === "or" && part.children.length === 1) collect(part.children[0]!, out);
    if (part.op !== "leaf") continue;
    const { leaf } = part;
    if (leaf.kind === "eq") out.push({ path: part.path, value: leaf.value });
    else if (leaf.kind === "in" && leaf.values.length === 1 && leaf.patterns.length === 0) {
      out.push({ path: part.path, value: leaf.values[0]! });
    }
  }
}

function put(root: TreeObject, parts: readonly string[], value: Raw): void {
  let container = root;
  parts.forEach((part, i) => {
    if (i === parts.length - 1) {
      container.set(part, value);
      return;
    }
    let next: Node = container.find(part)?.value ?? new TreeObject([]);
    next = open(next);
    container.set(part, next);
    container = next as TreeObject;
  });
}
