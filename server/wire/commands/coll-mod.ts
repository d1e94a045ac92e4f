import { Long } from "bson";
import { elements } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { boolField, decodeDocument, isDocument, rawChild, toNumber, type Document } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import { changeEntryOp } from "../storage/catalog-changes";
import { indexFromSpec, type CollectionEntry, type IndexEntry } from "../storage/catalog-entry";
import { assertCollectionUuid } from "./collection-source";
import { assertValidator } from "./collection-options";
import type { Command } from "./command";
import { changeView } from "./view-definitions";

const OPTION_FIELDS = [
  "validator",
  "validationLevel",
  "validationAction",
  "changeStreamPreAndPostImages",
  "expireAfterSeconds",
];

function rawFieldMap(doc: Buffer): Map<string, unknown> {
  return new Map(
    [...elements(doc)].map(({ name, type, start, end }) => [name, new RawValue(type, doc.subarray(start, end))]),
  );
}

function changedOptions(ctx: CommandContext, entry: CollectionEntry): Buffer {
  const options = rawFieldMap(entry.options);
  const given = rawFieldMap(ctx.raw);
  for (const name of OPTION_FIELDS) {
    if (!given.has(name)) continue;
    if (name === "validator" && rawChild(ctx.raw, "validator")?.length === 5) options.delete(name);
    else options.set(name, given.get(name));
  }
  return encodeDocument(options);
}

function findIndex(entry: CollectionEntry, request: Document, rawRequest: Buffer): IndexEntry {
  const pattern = rawChild(rawRequest, "keyPattern");
  const found = entry.indexes.find((index) =>
    typeof request.name === "string"
      ? index.name === request.name
      : pattern !== null && samePattern(index.key, pattern),
  );
  if (!found)
    throw commandError(
      27,
      `cannot find index ${String(request.name ?? JSON.stringify(request.keyPattern))} for ns ${entry.namespace}`,
    );
  return found;
}

/** The same fields in the same order and direction, whatever type the numbers have. */
export function samePattern(a: Buffer, b: Buffer): boolean {
  const show = (key: Buffer): string => {
    const decoded = decodeDocument(key);
    return JSON.stringify(
      [...elements(key)].map(({ name }) => [name, toNumber(decoded[name]) ?? String(decoded[name])]),
    );
  };
  return show(a) === show(b);
}

/** Changes expireAfterSeconds, hidden, unique and prepareUnique of one index. */
function changeIndex(
  ctx: CommandContext,
  entry: CollectionEntry,
): { indexes: IndexEntry[]; reply: Document; name: string } {
  const rawRequest = rawChild(ctx.raw, "index")!;
  const request = ctx.body.index as Document;
  const index = findIndex(entry, request, rawRequest);
  const spec = rawFieldMap(index.spec);
  const before = decodeDocument(index.spec);
  const reply: Document = {};
  if (request.expireAfterSeconds !== undefined) {
    const seconds = toNumber(request.expireAfterSeconds);
    if (seconds === null || seconds < 0)
      throw commandError(72, "TTL index 'expireAfterSeconds' option must be a non-negative number");
    if (before.expireAfterSeconds !== undefined)
      reply.expireAfterSeconds_old = Long.fromNumber(toNumber(before.expireAfterSeconds)!);
    reply.expireAfterSeconds_new = Long.fromNumber(seconds);
    spec.set("expireAfterSeconds", request.expireAfterSeconds);
  }
  if (request.hidden !== undefined) {
    if (index.name === "_id_") throw commandError(2, "can't hide _id index");
    reply.hidden_old = before.hidden === true;
    reply.hidden_new = boolField(request, "hidden");
    if (reply.hidden_new) spec.set("hidden", true);
    else spec.delete("hidden");
  }
  if (request.prepareUnique !== undefined || request.unique !== undefined || request.forceNonUnique !== undefined) {
    throw commandError(115, "collMod to or from unique is not supported by this server");
  }
  const changed = indexFromSpec(encodeDocument(spec), index.ident, {
    multikey: index.query.multikey === true,
    shortened: index.shortened,
  });
  return { indexes: entry.indexes.map((other) => (other === index ? changed : other)), reply, name: index.name };
}

function collMod(ctx: CommandContext): Document {
  const { store, views } = ctx.server;
  ctx.assertWritable();
  if (views.find(ctx.namespace)) {
    if (ctx.body.viewOn === undefined) throw commandError(72, "collMod of a view takes viewOn and pipeline");
    return changeView(ctx);
  }
  const entry = store.collection(ctx.namespace);
  assertCollectionUuid(ctx, entry);
  if (!entry) throw commandError(26, `ns does not exist: ${ctx.namespace}`);
  if (ctx.body.viewOn !== undefined || ctx.body.pipeline !== undefined)
    throw commandError(72, "option only supported on a view: viewOn");
  assertValidator(rawChild(ctx.raw, "validator"), ctx.body);
  const capped = cappedChange(ctx, entry);
  const options = capped ?? changedOptions(ctx, entry);
  const indexChange = isDocument(ctx.body.index) ? changeIndex(ctx, entry) : null;
  const changed: CollectionEntry = { ...entry, options, indexes: indexChange?.indexes ?? entry.indexes };
  const decoded = decodeDocument(options);
  if (changed.capped)
    changed.capped = { size: toNumber(decoded.size) ?? changed.capped.size, max: toNumber(decoded.max) };
  if (boolField(ctx.body, "dryRun")) return indexChange?.reply ?? {};
  const o = new Map<string, unknown>([["collMod", entry.name]]);
  for (const [name, value] of rawFieldMap(ctx.raw)) {
    if ([...OPTION_FIELDS, "cappedSize", "cappedMax"].includes(name)) o.set(name, value);
  }
  if (indexChange) o.set("index", { ...(ctx.body.index as Document), keyPattern: undefined, name: indexChange.name });
  const o2 = encodeDocument({ collectionOptions_old: RawValue.document(entry.options) });
  store.commit([changeEntryOp(store, changed, encodeDocument(o), o2)], { onError: "abort" });
  return indexChange?.reply ?? {};
}

function cappedChange(ctx: CommandContext, entry: CollectionEntry): Buffer | null {
  const { cappedSize, cappedMax } = ctx.body;
  if (cappedSize === undefined && cappedMax === undefined) return null;
  if (!entry.capped) throw commandError(72, `Collection ${entry.namespace} is not capped`);
  const options = rawFieldMap(changedOptions(ctx, entry));
  if (cappedSize !== undefined) options.set("size", cappedSize);
  if (cappedMax !== undefined) options.set("max", cappedMax);
  return encodeDocument(options);
}

export const collModCommand: Command = {
  name: "collMod",
  needs: (ctx) => [{ target: { db: ctx.db, collection: ctx.collectionName }, action: "collMod" }],
  writes: true,
  fields: [
    ...OPTION_FIELDS,
    "index",
    "viewOn",
    "pipeline",
    "collation",
    "cappedSize",
    "cappedMax",
    "dryRun",
    "collectionUUID",
    "recordPreImages",
  ],
  run: collMod,
};
