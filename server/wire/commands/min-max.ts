import { encodeKey } from "@/server/engine/bson/key";
import { elements, findElement } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { isDocument, rawChild, wrongType } from "../protocol/decode";
import type { KeyRange, QueryPlan } from "../query";
import type { CommandContext } from "../runtime/context";
import { INDEX_KEY_MAX } from "../storage/lmdb/record-key";
import { WHOLE_RANGE } from "../storage/read-view";

/**
 * `min` and `max` of a find: from the first on and before the second, in the order of the hinted index, whatever the values' types.
 * Built for the index on `_id`; any other is refused (238), and so are bounds too long for an index entry.
 */
export function minMaxOf(ctx: CommandContext): KeyRange | null {
  const min = documentOf(ctx, "min");
  const max = documentOf(ctx, "max");
  if (!min && !max) return null;
  if (ctx.body.hint === undefined) {
    throw commandError(51173, "When using min()/max() a hint of which index to use must be provided");
  }
  const from = min ? boundOf(min) : WHOLE_RANGE.from;
  const to = max ? boundOf(max) : WHOLE_RANGE.to;
  if (Buffer.compare(from, to) >= 0) {
    throw commandError(51175, "The value provided for min() does not come before the value provided for max()");
  }
  return { from, to };
}

function documentOf(ctx: CommandContext, name: string): Buffer | null {
  const value = ctx.body[name];
  if (value === undefined) return null;
  if (!isDocument(value)) throw wrongType(`${ctx.name}.${name}`, value, "object");
  const raw = rawChild(ctx.raw, name)!;
  return raw.length > 5 ? raw : null;
}

function boundOf(bound: Buffer): Buffer {
  const id = findElement(bound, "_id");
  if (!id || [...elements(bound)].length !== 1) throw refused("on an index other than _id");
  const key = encodeKey(bound, id);
  if (key.length > INDEX_KEY_MAX) throw refused("with so long a value");
  return key;
}

/** The part of a plan that lies within the bounds. */
export function withinBounds(plan: QueryPlan, bounds: KeyRange): QueryPlan {
  if (plan.stage === "EOF") return plan;
  if (plan.stage !== "IXSCAN" || plan.index.name !== "_id_") throw refused("on an index other than _id");
  const ranges = plan.ranges.flatMap(({ from, to }) => {
    const within = { from: later(from, bounds.from), to: later(to, bounds.to) === to ? bounds.to : to };
    return Buffer.compare(within.from, within.to) < 0 ? [within] : [];
  });
  return ranges.length === 0 ? { stage: "EOF", sorted: true } : { ...plan, ranges };
}

function later(a: Buffer, b: Buffer): Buffer {
  return Buffer.compare(a, b) >= 0 ? a : b;
}

function refused(what: string): Error {
  return commandError(238, `find options 'min' and 'max' ${what} are not supported by this server`);
}
