import { elements, findElement } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { decodeDocument, isDocument, rawChild, type Document } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import { Raw } from "../query";
import type { CommandContext } from "../runtime/context";
import type { Producer } from "../runtime/cursors";
import { newUuid } from "../runtime/system-documents";
import { createCollectionOp, dropCollectionOp, renameCollectionOp } from "../storage/catalog-changes";
import { duplicateKey } from "../storage/duplicate-key";
import { buildIndex } from "../storage/index-build";
import type { InsertOp } from "../storage/write-op";
import { prepareInsert } from "./prepare-document";
import { updateOne, type UpdateStatement } from "./update-statement";
import { assertWriteTarget, ensureCollection } from "./write-target";

/** `$out` or `$merge` at the end of a pipeline. */
export interface OutputStage {
  name: "$out" | "$merge";
  raw: Buffer;
  target(ctx: CommandContext): { db: string; collection: string };
}

function targetOf(value: unknown, ctx: CommandContext): { db: string; collection: string } {
  if (typeof value === "string") return { db: ctx.db, collection: value };
  if (isDocument(value) && typeof value.coll === "string")
    return { db: typeof value.db === "string" ? value.db : ctx.db, collection: value.coll };
  throw commandError(9, "the output of the pipeline must name a collection");
}

/** The output stage of a pipeline, if it has one. It must be the last. */
export function outputStage(stages: readonly Buffer[]): OutputStage | null {
  const names = stages.map((stage) => [...elements(stage)][0]!.name);
  const at = names.findIndex((name) => name === "$out" || name === "$merge");
  if (at < 0) return null;
  if (at !== stages.length - 1) throw commandError(40601, `${names[at]!} can only be the final stage in the pipeline`);
  const name = names[at] as "$out" | "$merge";
  const raw = stages[at]!;
  const value = decodeDocument(raw)[name];
  const into = name === "$merge" && isDocument(value) ? value.into : value;
  return { name, raw, target: (ctx) => targetOf(into, ctx) };
}

export async function runOutput(ctx: CommandContext, output: OutputStage, source: Producer): Promise<void> {
  const { db, collection } = output.target(ctx);
  const namespace = `${db}.${collection}`;
  assertWriteTarget(ctx, namespace);
  try {
    if (output.name === "$out") await writeOut(ctx, namespace, source);
    else await merge(ctx, namespace, output, source);
  } finally {
    source.close();
  }
}

/** Fills a new collection beside the old one and puts it in its place, so that readers see either. */
async function writeOut(ctx: CommandContext, namespace: string, source: Producer): Promise<void> {
  const { store } = ctx.server;
  const old = store.collection(namespace);
  const temporary = `${namespace.slice(0, namespace.indexOf("."))}.tmp.agg_out.${newUuid().toString("hex")}`;
  store.commit(
    [
      createCollectionOp(store, {
        namespace: temporary,
        uuid: newUuid(),
        ...(old && { options: old.options, idIndex: old.indexes[0]!.spec }),
      }),
    ],
    { onError: "abort" },
  );
  try {
    for (let docs = await source.next(); docs !== null; docs = await source.next()) {
      const entry = store.collection(temporary)!;
      const ops = docs.map((doc): InsertOp => ({
        kind: "insert",
        entry,
        doc: prepareInsert(doc, () => Buffer.alloc(8)),
      }));
      store.commit(ops, { onError: "abort" });
      ctx.throwIfKilled();
    }
    for (const index of old?.indexes.slice(1) ?? []) {
      await buildIndex(store, store.collection(temporary)!, index.spec, () => ctx.throwIfKilled());
    }
    const target = store.collection(namespace);
    store.commit(
      [renameCollectionOp(store, { entry: store.collection(temporary)!, to: namespace, ...(target && { target }) })],
      { onError: "abort" },
    );
  } catch (error) {
    const left = store.collection(temporary);
    if (left) store.commit([dropCollectionOp(store, left)], { onError: "abort" });
    throw error;
  }
}

const MATCHED = ["replace", "keepExisting", "merge", "fail"];
const NOT_MATCHED = ["insert", "discard", "fail"];

async function merge(ctx: CommandContext, namespace: string, output: OutputStage, source: Producer): Promise<void> {
  const value = decodeDocument(output.raw).$merge;
  const options: Document = isDocument(value) ? value : {};
  const whenMatched = options.whenMatched ?? "merge";
  const whenNotMatched = String(options.whenNotMatched ?? "insert");
  const pipeline = Array.isArray(whenMatched) ? rawChild(rawChild(output.raw, "$merge")!, "whenMatched") : null;
  if (!pipeline && !MATCHED.includes(String(whenMatched)))
    throw commandError(9, `Enumeration value '${String(whenMatched)}' for field 'whenMatched' is not a valid value.`);
  if (!NOT_MATCHED.includes(whenNotMatched))
    throw commandError(9, `Enumeration value '${whenNotMatched}' for field 'whenNotMatched' is not a valid value.`);
  if (pipeline) throw commandError(115, "$merge with a pipeline in whenMatched is not supported by this server");
  const on =
    options.on === undefined ? ["_id"] : Array.isArray(options.on) ? options.on.map(String) : [String(options.on)];
  ensureCollection(ctx, namespace);
  for (let docs = await source.next(); docs !== null; docs = await source.next()) {
    for (const doc of docs) await mergeOne(ctx, namespace, doc, on, String(whenMatched), whenNotMatched);
    ctx.throwIfKilled();
  }
}

async function mergeOne(
  ctx: CommandContext,
  namespace: string,
  doc: Buffer,
  on: string[],
  whenMatched: string,
  whenNotMatched: string,
): Promise<void> {
  const key = new Map<string, unknown>();
  for (const field of on) {
    const element = findElement(doc, field);
    if (!element)
      throw commandError(
        51132,
        `$merge write error: 'on' field '${field}' cannot be missing, null, undefined or an array`,
      );
    key.set(field, { $eq: new RawValue(element.type, doc.subarray(element.start, element.end)) });
  }
  const update = updateFor(doc, whenMatched);
  const statement: UpdateStatement = {
    namespace,
    filter: encodeDocument(key),
    update,
    constants: null,
    arrayFilters: [],
    multi: false,
    upsert: whenNotMatched === "insert",
    sort: null,
    hint: null,
    collation: null,
  };
  const { result } = await updateOne(ctx, statement, { state: null, statement: 0 });
  if (whenMatched === "fail" && !result.upserted && result.n > 0) throw matchedKey(ctx, namespace, doc, on);
  if (result.n === 0 && whenNotMatched === "fail")
    throw commandError(
      13113,
      "$merge could not find a matching document in the target collection for at least one document in the source collection",
    );
}

/** The duplicate key error of the index that makes the `on` fields unique. */
function matchedKey(ctx: CommandContext, namespace: string, doc: Buffer, on: string[]): Error {
  const entry = ctx.server.store.collection(namespace)!;
  const names = [...on].sort().join();
  const fields = (key: Buffer): string =>
    [...elements(key)]
      .map(({ name }) => name)
      .sort()
      .join();
  const index = entry.indexes.find(({ key, unique }) => unique && fields(key) === names) ?? entry.indexes[0]!;
  return duplicateKey(entry, index, doc);
}

/** replace: the document; merge: its fields set; keepExisting and fail: only on insert. */
function updateFor(doc: Buffer, whenMatched: string): Raw {
  if (whenMatched === "replace") return new Raw(doc, 0x03, 0, doc.length);
  const operator = whenMatched === "merge" ? "$set" : "$setOnInsert";
  const bytes = encodeDocument({ [operator]: RawValue.document(doc) });
  return new Raw(bytes, 0x03, 0, bytes.length);
}
