import { commandError } from "../../command-error";
import { sameBytes } from "../compare";
import { describe } from "../describe";
import { NULL, Raw } from "../raw";
import type { ArrayFilters } from "./array-filters";
import type { Operation, OperatorContext } from "./operations";
import type { Step, UpdatePath } from "./path";
import { freeze, open, TreeArray, TreeObject, type Node } from "./tree";

const PADDING_ITEMS_MAX = 1_500_000;

/** What one document's update knows while its operations apply. */
export interface ApplyContext {
  readonly root: TreeObject;
  /** The document before any operation, the source of renames. */
  readonly before: Raw;
  readonly arrayFilters: ArrayFilters;
  readonly values: Omit<OperatorContext, "path">;
  /** The index for `$` below an array. Throws 2 when the filter matched none. */
  positional(array: string): number;
}

/** Applies one operation to the tree; true when it changed anything. */
export function applyOperation(operation: Operation, context: ApplyContext): boolean {
  let subject = operation;
  if (operation.kind === "rename") {
    const value = renameSource(context.before, operation.source!);
    if (value === null) return false;
    assertNoArray(context.root, operation.path, "destination");
    subject = { ...operation, kind: "set", operator: () => value };
  }
  return step(subject, context, context.root, 0, []);
}

function renameSource(before: Raw, source: UpdatePath): Raw | null {
  let current: Node = before;
  for (const part of source.parts) {
    const opened = open(current);
    if (opened instanceof TreeArray)
      throw commandError(2, `The source field cannot be an array element, '${source.text}'`);
    if (!(opened instanceof TreeObject)) return null;
    const field = opened.find(part);
    if (field === undefined) return null;
    current = field.value;
  }
  return freeze(current);
}

function assertNoArray(root: TreeObject, path: UpdatePath, side: string): void {
  let current: Node | undefined = root;
  for (const part of path.parts) {
    const opened: Node = open(current);
    if (opened instanceof TreeArray)
      throw commandError(2, `The ${side} field cannot be an array element, '${path.text}'`);
    if (!(opened instanceof TreeObject)) return;
    current = opened.find(part)?.value;
    if (current === undefined) return;
  }
}

type Trail = readonly string[];

function step(operation: Operation, context: ApplyContext, container: Node, depth: number, trail: Trail): boolean {
  const wanted = operation.path.steps[depth]!;
  switch (wanted.kind) {
    case "name":
      return stepInto(operation, context, container, depth, trail, wanted.name, wanted.index);
    case "matched": {
      const index = context.positional(trail.join("."));
      return stepInto(operation, context, container, depth, trail, String(index), index);
    }
    default:
      return stepAll(operation, context, container, depth, trail, wanted);
  }
}

function stepAll(
  operation: Operation,
  context: ApplyContext,
  container: Node,
  depth: number,
  trail: Trail,
  wanted: Step,
): boolean {
  if (!(container instanceof TreeArray)) {
    throw commandError(
      2,
      `Cannot apply array updates to non-array element ${trail.at(-1)}: ${describe(freeze(container))}`,
    );
  }
  const test = wanted.kind === "filtered" ? context.arrayFilters.get(wanted.identifier)! : () => true;
  let changed = false;
  for (let index = 0; index < container.items.length; index += 1) {
    if (wanted.kind === "filtered" && !test(freeze(container.items[index]!))) continue;
    changed = stepInto(operation, context, container, depth, trail, String(index), index) || changed;
  }
  return changed;
}

function stepInto(
  operation: Operation,
  context: ApplyContext,
  container: Node,
  depth: number,
  trail: Trail,
  name: string,
  index: number,
): boolean {
  const here = [...trail, name];
  const place = placeOf(container, name, index);
  if (place === null) {
    if (!operation.creates) return false;
    throw commandError(
      28,
      `Cannot create field '${name}' in element {${trail.at(-1) ?? ""}: ${describe(freeze(container))}}`,
    );
  }
  const current = place.get();
  if (depth === operation.path.steps.length - 1) return finish(operation, context, place, current, here);
  if (current === undefined) {
    if (!operation.creates) return assertNoArrayUpdate(operation, depth + 1, here);
    const made = create(operation, context, depth + 1, here);
    if (made !== null) place.set(made);
    return made !== null;
  }
  const opened = open(current);
  if (opened instanceof Raw && operation.path.steps[depth + 1]!.kind === "name" && !operation.creates) return false;
  const changed = step(operation, context, opened, depth + 1, here);
  if (changed) place.set(opened);
  return changed;
}

/** $[] and $[id] need an array that exists, whatever the operator. */
function assertNoArrayUpdate(operation: Operation, depth: number, trail: Trail): false {
  const next = operation.path.steps[depth]!;
  if (next.kind === "all" || next.kind === "filtered") {
    throw commandError(2, `The path '${trail.join(".")}' must exist in the document in order to apply array updates.`);
  }
  return false;
}

/** The containers from a missing place down to the new value. */
function create(operation: Operation, context: ApplyContext, depth: number, trail: Trail): Node | null {
  if (depth === operation.path.steps.length) {
    return operation.operator(null, { ...context.values, path: trail.join(".") });
  }
  assertNoArrayUpdate(operation, depth, trail);
  const next = operation.path.steps[depth]!;
  const name = next.kind === "name" ? next.name : String(context.positional(trail.join(".")));
  const value = create(operation, context, depth + 1, [...trail, name]);
  return value === null ? null : new TreeObject([{ name, nameBytes: null, value }]);
}

function finish(
  operation: Operation,
  context: ApplyContext,
  place: Place,
  current: Node | undefined,
  trail: Trail,
): boolean {
  if (operation.kind === "unset") {
    if (current === undefined) return false;
    place.remove();
    return true;
  }
  if (current === undefined && !operation.creates) return false;
  const old = current === undefined ? null : freeze(current);
  const value = operation.operator(old, { ...context.values, path: trail.join(".") });
  if (value === null || (old !== null && sameBytes(old, value))) return false;
  place.set(value);
  return true;
}

interface Place {
  get(): Node | undefined;
  set(value: Node): void;
  remove(): void;
}

/** Where a name or index leads in a container; null where it leads nowhere (a scalar, a name in an array). */
function placeOf(container: Node, name: string, index: number): Place | null {
  if (container instanceof TreeObject) {
    return {
      get: () => container.find(name)?.value,
      set: (value) => container.set(name, value),
      remove: () => container.remove(name),
    };
  }
  if (!(container instanceof TreeArray) || index < 0) return null;
  const { items } = container;
  return {
    get: () => items[index],
    set: (value) => {
      if (index - items.length > PADDING_ITEMS_MAX)
        throw commandError(2, `can't backfill more than ${PADDING_ITEMS_MAX} elements`);
      while (items.length < index) items.push(NULL);
      items[index] = value;
    },
    // The server leaves null, so that the other elements keep their places.
    remove: () => {
      items[index] = NULL;
    },
  };
}
