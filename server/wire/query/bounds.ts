import { encodeKey } from "@/server/engine/bson/key";
import { BSON_TYPE } from "@/server/engine/bson/document";
import { canonicalRank } from "@/server/engine/bson/rank";
import type { FilterNode, Leaf } from "./filter-node";
import type { KeyRange } from "./index-keys";
import type { Raw } from "./raw";
import type { Pattern } from "./regex";

/**
 * Ranges of one field's ascending key that hold every value satisfying a leaf: complete, not exact, so the filter is
 * always asked again. `from` and `to` are ends in the sense of prefixRange: a key K continued by 01 or ff.
 */
export interface FieldBounds {
  readonly ranges: readonly KeyRange[];
  /** All ranges are single values: the next field of a compound index can be bounded too. */
  readonly points: boolean;
  /** Nothing in the ranges stands for null or a missing field: a sparse index is complete for them. */
  readonly excludesMissing: boolean;
  /** For explain. */
  readonly texts: readonly string[];
}

const FIRST = Buffer.from([0x01]);
const LAST = Buffer.from([0xff]);

function startOf(key: Buffer): Buffer {
  return Buffer.concat([key, FIRST]);
}

function endOf(key: Buffer): Buffer {
  return Buffer.concat([key, LAST]);
}

function keyOf(value: Raw): Buffer {
  return encodeKey(value.buf, value);
}

/** All keys of the operand's canonical type. */
function typeRange(rank: number): KeyRange {
  return { from: Buffer.from([rank]), to: Buffer.from([rank + 1]) };
}

/** Arrays have one key per element, and MinKey and MaxKey compare across types: no bounds for those. */
function boundable(value: Raw): boolean {
  return value.type !== BSON_TYPE.array && value.type !== BSON_TYPE.minKey && value.type !== BSON_TYPE.maxKey;
}

/** The bounds of a leaf on the field itself, or null when the leaf does not narrow an index. */
export function leafBounds(leaf: Leaf, describe: (value: Raw) => string): FieldBounds | null {
  switch (leaf.kind) {
    case "eq":
      return boundable(leaf.value) ? pointBounds([leaf.value], [], describe) : null;
    case "in":
      return leaf.values.every(boundable) ? pointBounds(leaf.values, leaf.patterns, describe) : null;
    case "regex":
      return pointBounds([], [leaf.pattern], describe);
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return boundable(leaf.value) ? rangeBounds(leaf.kind, leaf.value, describe) : null;
    case "elemMatchValue":
      return leaf.conditions.length === 1 ? valueBounds(leaf.conditions[0]!, describe) : null;
    default:
      return null;
  }
}

/** $elemMatch on values: every condition holds for one element, so ranges may even be cut with each other. */
function valueBounds(node: FilterNode, describe: (value: Raw) => string): FieldBounds | null {
  const parts = node.op === "and" ? node.children : [node];
  let bounds: FieldBounds | null = null;
  for (const part of parts) {
    const own = part.op === "leaf" ? leafBounds(part.leaf, describe) : null;
    if (own !== null) bounds = bounds === null ? own : intersect(bounds, own);
  }
  return bounds;
}

function pointBounds(
  values: readonly Raw[],
  patterns: readonly Pattern[],
  describe: (value: Raw) => string,
): FieldBounds {
  const ranges = values.map((value) => {
    const key = keyOf(value);
    return { from: startOf(key), to: endOf(key) };
  });
  const texts = values.map((value) => `[${describe(value)}, ${describe(value)}]`);
  for (const pattern of patterns) {
    const prefix = literalPrefix(pattern);
    ranges.push(prefix === null ? typeRange(canonicalRank(BSON_TYPE.string)) : stringPrefixRange(prefix));
    ranges.push(typeRange(canonicalRank(BSON_TYPE.regex)));
    texts.push(`["${prefix ?? ""}", {})`, `[/${pattern.source}/, /${pattern.source}/]`);
  }
  return {
    ranges: unionOf(ranges),
    points: patterns.length === 0,
    excludesMissing: !values.some((value) => value.isNullish),
    texts,
  };
}

function rangeBounds(
  kind: "gt" | "gte" | "lt" | "lte",
  value: Raw,
  describe: (value: Raw) => string,
): FieldBounds | null {
  const whole = typeRange(canonicalRank(value.type));
  const key = keyOf(value);
  const text = describe(value);
  if (value.isNullish) return kind === "gte" || kind === "lte" ? pointBounds([value], [], describe) : NOTHING;
  const base = { points: false, excludesMissing: true };
  const rank = canonicalRank(value.type);
  const low = rank === 10 ? "-inf" : rank === 15 ? '""' : "MinKey";
  const high = rank === 10 ? "inf" : rank === 15 ? "{}" : "MaxKey";
  switch (kind) {
    case "gt":
      return { ...base, ranges: [{ from: endOf(key), to: whole.to }], texts: [`(${text}, ${high}]`] };
    case "gte":
      return { ...base, ranges: [{ from: startOf(key), to: whole.to }], texts: [`[${text}, ${high}]`] };
    case "lt":
      return { ...base, ranges: [{ from: whole.from, to: startOf(key) }], texts: [`[${low}, ${text})`] };
    case "lte":
      return { ...base, ranges: [{ from: whole.from, to: endOf(key) }], texts: [`[${low}, ${text}]`] };
  }
}

const NOTHING: FieldBounds = { ranges: [], points: false, excludesMissing: true, texts: [] };

/** The text that every match begins with, when the pattern is anchored and case counts; else null. */
function literalPrefix(pattern: Pattern): string | null {
  if (pattern.flags !== "" || pattern.source.includes("|")) return null;
  const match = /^(?:\^|\\A)([A-Za-z0-9 _\-:/@#,;=]*)(.?)/s.exec(pattern.source);
  if (!match) return null;
  const optional = match[2] !== "" && "*?{".includes(match[2]!);
  const prefix = optional ? match[1]!.slice(0, -1) : match[1]!;
  return prefix === "" ? null : prefix;
}

function stringPrefixRange(prefix: string): KeyRange {
  const key = Buffer.concat([Buffer.from([canonicalRank(BSON_TYPE.string)]), Buffer.from(prefix, "utf8")]);
  const to = Buffer.from(key);
  to[to.length - 1]! += 1;
  return { from: key, to };
}

/**
 * The same cut in a descending field, whose bytes are complemented: what lay at or above the cut now lies below the
 * result. Range ends swap places.
 */
export function flipRange(range: KeyRange): KeyRange {
  return { from: flipCut(range.to), to: flipCut(range.from) };
}

function flipCut(cut: Buffer): Buffer {
  const out = Buffer.from(cut.map((byte) => ~byte & 0xff));
  for (let i = out.length - 1; i >= 0; i -= 1) {
    out[i] = (out[i]! + 1) & 0xff;
    if (out[i] !== 0) break;
  }
  return out;
}

/** The key that a single-value range stands for. */
export function pointKey(range: KeyRange): Buffer {
  return range.from.subarray(0, -1);
}

/** Sorted, overlapping ranges joined. */
export function unionOf(ranges: readonly KeyRange[]): KeyRange[] {
  const sorted = [...ranges].filter((r) => r.from.compare(r.to) < 0).sort((a, b) => a.from.compare(b.from));
  const out: KeyRange[] = [];
  for (const range of sorted) {
    const last = out.at(-1);
    if (last === undefined || last.to.compare(range.from) < 0) out.push(range);
    else if (last.to.compare(range.to) < 0) out[out.length - 1] = { from: last.from, to: range.to };
  }
  return out;
}

/** Bounds that satisfy both; only right where one value has to satisfy both (never across a multikey field). */
export function intersect(a: FieldBounds, b: FieldBounds): FieldBounds {
  const ranges: KeyRange[] = [];
  for (const x of a.ranges) {
    for (const y of b.ranges) {
      const from = x.from.compare(y.from) > 0 ? x.from : y.from;
      const to = x.to.compare(y.to) < 0 ? x.to : y.to;
      if (from.compare(to) < 0) ranges.push({ from, to });
    }
  }
  return {
    ranges: unionOf(ranges),
    points: a.points || b.points,
    excludesMissing: a.excludesMissing || b.excludesMissing,
    texts: [...a.texts, ...b.texts],
  };
}
