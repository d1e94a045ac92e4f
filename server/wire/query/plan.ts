import type { Collation } from "./collation";
import { flipRange, intersect, leafBounds, pointKey, unionOf, type FieldBounds } from "./bounds";
import { describe } from "./describe";
import { commandError } from "../command-error";
import { filterContext } from "./filter";
import { conjuncts, type FilterNode, type Leaf } from "./filter-node";
import { parseFilter } from "./filter-parse";
import { implies } from "./implies";
import { compileIndex, prefixRange, type CompiledIndex, type IndexSpec, type KeyRange } from "./index-keys";
import { toNumber } from "./numbers";
import { fieldsOf, type Raw, rawDocument, type DocumentLike } from "./raw";
import { compileSort, type CompiledSort } from "./sort";
import { encodeKey } from "@/server/engine/bson/key";

/**
 * How to find the candidates of a query. Every plan is complete and none is exact: the filter is asked again for each
 * document. `sorted` means the candidates come in the order of the sort; otherwise they must be sorted.
 */
export type QueryPlan =
  | { readonly stage: "EOF"; readonly sorted: true }
  | { readonly stage: "COLLSCAN"; readonly direction: 1 | -1; readonly sorted: boolean }
  /** One document by the key of its _id (encodeIdKey). */
  | { readonly stage: "IDHACK"; readonly key: Buffer; readonly sorted: true }
  | IndexScan;

/**
 * Ranges of an index, in ascending order of bytes and disjoint; with direction -1 walk both, the ranges and what is in
 * them, backwards. For the index `_id_` the ranges hold for bare _id keys as well as for entries.
 */
export interface IndexScan {
  readonly stage: "IXSCAN";
  readonly index: IndexSpec;
  readonly ranges: readonly KeyRange[];
  readonly direction: 1 | -1;
  readonly sorted: boolean;
  /** The index is multikey: a document can come more than once. */
  readonly dedupe: boolean;
  /** Bounds of each field as explain prints them. */
  readonly bounds: ReadonlyMap<string, readonly string[]>;
}

export interface PlanRequest {
  readonly filter?: DocumentLike | null;
  readonly sort?: DocumentLike | null;
  /** Index name, key pattern, or {$natural: ±1}. */
  readonly hint?: string | DocumentLike | null;
  readonly indexes: readonly IndexSpec[];
  /** The effective collation: the command's, else the collection's. */
  readonly collation?: Collation | null;
  readonly variables?: Readonly<Record<string, Raw>>;
}

type Conditions = ReadonlyMap<string, readonly Leaf[]>;

/** Chooses a plan. Throws 2 for a bad hint, and what the filter's and sort's parsers throw. */
export function planQuery(request: PlanRequest): QueryPlan {
  const collation = request.collation ?? null;
  const filter = parseFilter(rawDocument(request.filter ?? {}), filterContext(request));
  const sort = compileSort(request.sort, { collation });
  const conditions = conditionsOf(filter);
  const hint = resolveHint(request);
  if (filter.op === "always" && !filter.value) return { stage: "EOF", sorted: true };
  if (hint === 1 || hint === -1 || sort.natural !== null) {
    const direction = sort.natural ?? (hint === -1 ? -1 : 1);
    return { stage: "COLLSCAN", direction, sorted: sort.fields.length === 0 };
  }
  if (hint === null) {
    const key = idKey(conditions, collation);
    if (key !== null) return { stage: "IDHACK", key, sorted: true };
  }
  const candidates = hint === null ? request.indexes.map(compileIndex) : [hint];
  const usable = candidates.filter((index) => isUsable(index, filter, collation, hint !== null));
  const best = bestScan(usable, conditions, sort, hint !== null);
  if (best !== null) return best;
  return { stage: "COLLSCAN", direction: 1, sorted: sort.fields.length === 0 };
}

/** The leaves that must hold, by path; $elemMatch on objects contributes the paths inside. */
function conditionsOf(filter: FilterNode): Conditions {
  const out = new Map<string, Leaf[]>();
  const add = (node: FilterNode, prefix: string): void => {
    for (const part of conjuncts(node)) {
      if (part.op !== "leaf") continue;
      const path = prefix + part.path;
      const known = out.get(path);
      if (known) known.push(part.leaf);
      else out.set(path, [part.leaf]);
      if (part.leaf.kind === "elemMatchObject") add(part.leaf.filter, `${path}.`);
    }
  };
  add(filter, "");
  return out;
}

/** The key of {_id: value}, where byte equality decides: strings under a collation do not. */
function idKey(conditions: Conditions, collation: Collation | null): Buffer | null {
  for (const leaf of conditions.get("_id") ?? []) {
    if (leaf.kind !== "eq" || leaf.value.isArray) continue;
    if (collation !== null && (leaf.value.isString || leaf.value.isObject)) continue;
    return encodeKey(leaf.value.buf, leaf.value);
  }
  return null;
}

function resolveHint({ hint, indexes }: PlanRequest): CompiledIndex | 1 | -1 | null {
  if (hint === undefined || hint === null || hint === "") return null;
  if (typeof hint === "string") {
    const named = indexes.find((index) => index.name === hint);
    if (named) return hinted(named);
    throw badHint();
  }
  const pattern = fieldsOf(rawDocument(hint));
  if (pattern.length === 0) return null;
  const [first] = pattern;
  if (first!.name === "$natural") return toNumber(first!.value) < 0 ? -1 : 1;
  const same = indexes.find((index) => samePattern(fieldsOf(rawDocument(index.key)), pattern));
  if (same) return hinted(same);
  throw badHint();
}

function badHint(): Error {
  return commandError(
    2,
    "error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index",
  );
}

function hinted(spec: IndexSpec): CompiledIndex {
  const index = compileIndex(spec);
  if (spec.hidden === true) throw badHint();
  return index;
}

function samePattern(a: ReturnType<typeof fieldsOf>, b: ReturnType<typeof fieldsOf>): boolean {
  return (
    a.length === b.length &&
    a.every((field, i) => {
      const other = b[i]!;
      if (field.name !== other.name) return false;
      if (field.value.isNumber && other.value.isNumber) return toNumber(field.value) === toNumber(other.value);
      return field.value.isString && other.value.isString && field.value.text() === other.value.text();
    })
  );
}

/**
 * Whether the index can hold every document of the answer. A partial index needs proof from the filter, hinted or not.
 */
function isUsable(index: CompiledIndex, filter: FilterNode, collation: Collation | null, isHinted: boolean): boolean {
  const { spec } = index;
  const partial = spec.partialFilterExpression;
  const proven =
    !partial || implies(filter, parseFilter(rawDocument(partial), filterContext({ collation })), index.collation);
  if (isHinted && (index.kind !== "btree" || !proven)) {
    throw commandError(291, "error processing query: planner returned error :: caused by :: No query solutions");
  }
  return proven && index.kind === "btree" && spec.hidden !== true && index.collation === null && collation === null;
}

interface Candidate {
  readonly scan: IndexScan;
  readonly points: number;
  readonly bounded: number;
}

function bestScan(
  indexes: readonly CompiledIndex[],
  conditions: Conditions,
  sort: CompiledSort,
  isHinted: boolean,
): IndexScan | null {
  let best: Candidate | null = null;
  for (const index of indexes) {
    const candidate = scanOf(index, conditions, sort, isHinted);
    if (candidate !== null && (best === null || isBetter(candidate, best))) best = candidate;
  }
  return best?.scan ?? null;
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.points !== b.points) return a.points > b.points;
  if (a.bounded !== b.bounded) return a.bounded > b.bounded;
  return a.scan.sorted && !b.scan.sorted;
}

/** A bound on so many combinations of $in values is not worth its list of ranges. */
const RANGES_MAX = 4096;

function scanOf(index: CompiledIndex, conditions: Conditions, sort: CompiledSort, isHinted: boolean): Candidate | null {
  const multikey = index.spec.multikey === true;
  const bounds: FieldBounds[] = [];
  for (const field of index.fields) {
    const own = fieldBounds(conditions.get(field.path) ?? [], multikey);
    if (own === null) break;
    const size = bounds.reduce((product, b) => product * b.ranges.length, own.ranges.length);
    if (size > RANGES_MAX) break;
    bounds.push(own);
    // Values of two paths below one array need not stand in one entry.
    if (multikey || !own.points) break;
  }
  if (index.spec.sparse === true && !isHinted && !bounds.some((b) => b.excludesMissing)) return null;
  const direction = sortDirection(index, bounds, sort);
  if (bounds.length === 0 && direction === null && !isHinted) return null;
  const scan: IndexScan = {
    stage: "IXSCAN",
    index: index.spec,
    ranges: keyRanges(index, bounds),
    direction: direction ?? 1,
    sorted: sort.fields.length === 0 || direction !== null,
    dedupe: multikey,
    bounds: new Map(index.fields.map((field, i) => [field.path, bounds[i]?.texts ?? ["[MinKey, MaxKey]"]])),
  };
  return { scan, points: bounds.filter((b) => b.points).length, bounded: bounds.length };
}

/** All conditions on a field together; on a multikey index only the best one, as each may hold for another element. */
function fieldBounds(leaves: readonly Leaf[], multikey: boolean): FieldBounds | null {
  let best: FieldBounds | null = null;
  for (const leaf of leaves) {
    const own = leafBounds(leaf, describe);
    if (own === null) continue;
    if (best === null) best = own;
    else if (!multikey) best = intersect(best, own);
    else if (own.points && !best.points) best = own;
  }
  return best;
}

function keyRanges(index: CompiledIndex, bounds: readonly FieldBounds[]): KeyRange[] {
  if (bounds.length === 0) return [prefixRange(Buffer.alloc(0))];
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let ranges: KeyRange[] = [];
  bounds.forEach((own, i) => {
    const field = index.fields[i]!;
    const fieldRanges = field.descending ? own.ranges.map(flipRange) : own.ranges;
    ranges = prefixes.flatMap((prefix) =>
      fieldRanges.map(({ from, to }) => ({ from: Buffer.concat([prefix, from]), to: Buffer.concat([prefix, to]) })),
    );
    prefixes = ranges.map(pointKey);
  });
  if (index.spec.name === "_id_") ranges = ranges.map(wholeIds);
  return unionOf(ranges);
}

/** Bare _id keys stand alone, so a range that begins behind K 01 must begin at K. They never continue each other by 00. */
function wholeIds({ from, to }: KeyRange): KeyRange {
  const trim = (cut: Buffer): Buffer => (cut.length > 1 && cut.at(-1) === 0x01 ? cut.subarray(0, -1) : cut);
  return { from: trim(from), to: trim(to) };
}

/** The direction in which the scan yields the sort's order, or null. Fields bound to one value each may be left out. */
function sortDirection(index: CompiledIndex, bounds: readonly FieldBounds[], sort: CompiledSort): 1 | -1 | null {
  if (sort.fields.length === 0 || index.spec.multikey === true) return null;
  const single = new Set<string>();
  index.fields.forEach((field, i) => {
    if (bounds[i]?.points && bounds[i].ranges.length === 1) single.add(field.path);
  });
  const wanted = sort.fields.filter((field) => !single.has(field.path));
  let direction: 1 | -1 | null = null;
  let at = 0;
  for (const field of wanted) {
    while (index.fields[at] && index.fields[at]!.path !== field.path && single.has(index.fields[at]!.path)) at += 1;
    const column = index.fields[at];
    if (column === undefined || column.path !== field.path) return null;
    const own = column.descending === field.descending ? 1 : -1;
    if (direction !== null && direction !== own) return null;
    direction = own;
    at += 1;
    if (column.path === "_id") break;
  }
  return direction ?? 1;
}

/** The specification of the index that every collection has. */
export const ID_INDEX: IndexSpec = { name: "_id_", key: { _id: 1 }, unique: true };
