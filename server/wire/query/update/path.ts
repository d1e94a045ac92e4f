import { commandError } from "../../command-error";

/** One step of an update path. */
export type Step =
  | { readonly kind: "name"; readonly name: string; readonly index: number }
  | { readonly kind: "matched" }
  | { readonly kind: "all" }
  | { readonly kind: "filtered"; readonly identifier: string };

export interface UpdatePath {
  readonly text: string;
  readonly parts: readonly string[];
  readonly steps: readonly Step[];
}

/** Parses "a.$[x].b". Throws 56 for empty names, 52 for names that begin with $, 2 for a positional first step. */
export function updatePath(text: string): UpdatePath {
  if (text === "") throw commandError(56, "An empty update path is not valid.");
  const parts = text.split(".");
  if (parts.includes("")) {
    throw commandError(56, `The update path '${text}' contains an empty field name, which is not allowed.`);
  }
  const steps = parts.map((part, i) => stepOf(part, i, text));
  return { text, parts, steps };
}

function stepOf(part: string, at: number, text: string): Step {
  const filtered = /^\$\[(.*)\]$/.exec(part);
  if (part !== "$" && filtered === null) {
    if (part.startsWith("$")) {
      throw commandError(52, `The dollar ($) prefixed field '${part}' in '${text}' is not valid for storage.`);
    }
    return { kind: "name", name: part, index: /^(0|[1-9]\d*)$/.test(part) ? Number(part) : -1 };
  }
  if (at === 0) {
    throw commandError(2, `Cannot have positional (i.e. '$') element in the first position in path '${text}'`);
  }
  if (filtered === null) return { kind: "matched" };
  const identifier = filtered[1]!;
  if (identifier === "") return { kind: "all" };
  if (!/^[a-z][a-zA-Z0-9]*$/.test(identifier)) {
    throw commandError(
      2,
      `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${identifier}'`,
    );
  }
  return { kind: "filtered", identifier };
}

/** The server applies changes in this order of paths, which is where new fields get their order from. */
export function comparePaths(a: UpdatePath, b: UpdatePath): number {
  for (let i = 0; i < Math.min(a.parts.length, b.parts.length); i += 1) {
    const [x, y] = [a.parts[i]!, b.parts[i]!];
    if (x === y) continue;
    const numeric = /^\d+$/.test(x) && /^\d+$/.test(y);
    if (numeric && Number(x) !== Number(y)) return Number(x) - Number(y);
    return Buffer.compare(Buffer.from(x), Buffer.from(y));
  }
  return a.parts.length - b.parts.length;
}

/** Throws 40 when one path is the other or lies below it. Expects the order of comparePaths. */
export function assertNoConflict(sorted: readonly UpdatePath[]): void {
  const seen = new Set<string>();
  for (const path of sorted) {
    for (let i = 1; i <= path.parts.length; i += 1) {
      const prefix = path.parts.slice(0, i).join(".");
      if (seen.has(prefix)) {
        throw commandError(40, `Updating the path '${path.text}' would create a conflict at '${prefix}'`);
      }
    }
    seen.add(path.text);
  }
}
