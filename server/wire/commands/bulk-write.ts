import { Int32 } from "bson";
import { commandError } from "../command-error";
import {
  boolField,
  decodeDocument,
  isDocument,
  missingField,
  rawChild,
  toNumber,
  type Document,
} from "../protocol/decode";
import { encodeDocument, OK, NOT_OK, type RawValue } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import type { StatementResult } from "../runtime/retry-record";
import type { InsertOp } from "../storage/write-op";
import { arrayProducer, hintOf } from "./collection-source";
import type { Command, Need } from "./command";
import { batchSizeOf, cursorOptions, openCursor } from "./cursor-reply";
import { deleteMany, deleteOne } from "./delete";
import { documentSequence } from "./document-sequence";
import { prepareInsert, stampSource } from "./prepare-document";
import { retryOf } from "./retryable";
import { assertBatchSize } from "./update";
import { collationOf, readUpdateStatement, settle, updateMany, updateOne } from "./update-statement";
import { validatorOf } from "./validation";
import { presentWriteError } from "./write-errors";
import { assertWriteTarget, ensureCollection } from "./write-target";

type Kind = "insert" | "update" | "delete";

interface BulkOp {
  kind: Kind;
  namespace: string;
  raw: Buffer;
  decoded: Document;
}

function readOps(ctx: CommandContext): BulkOp[] {
  const namespaces = documentSequence(ctx, "nsInfo").map((raw) => String(decodeDocument(raw).ns));
  const ops = documentSequence(ctx, "ops");
  assertBatchSize(ops.length);
  return ops.map((raw) => {
    const decoded = decodeDocument(raw);
    const kind = (["insert", "update", "delete"] as const).find((name) => name in decoded);
    if (!kind) throw commandError(9, "BulkWrite operations must be insert, update or delete");
    const namespace = namespaces[toNumber(decoded[kind]) ?? -1];
    if (!namespace) throw commandError(2, `BulkWrite ops entry has an invalid nsInfo index.`);
    return { kind, namespace, raw, decoded };
  });
}

async function runOp(ctx: CommandContext, op: BulkOp, index: number): Promise<StatementResult> {
  const state = retryOf(ctx);
  const known = state?.results.get(index);
  if (known) return known;
  assertWriteTarget(ctx, op.namespace);
  if (op.kind === "insert") return insertOne(ctx, op, index);
  const retry = { state, statement: index };
  if (op.kind === "update") {
    const statement = {
      ...readUpdateStatement(ctx, op.raw, op.decoded, { filter: "filter", update: "updateMods" }),
      namespace: op.namespace,
    };
    return statement.multi ? updateMany(ctx, statement) : (await updateOne(ctx, statement, retry)).result;
  }
  const filter = rawChild(op.raw, "filter");
  if (!filter) throw missingField("bulkWrite.ops.filter");
  const statement = {
    namespace: op.namespace,
    filter,
    sort: null,
    hint: hintOf(op.raw, op.decoded),
    collation: collationOf(op.raw),
  };
  if (boolField(op.decoded, "multi")) return deleteMany(ctx, statement);
  return (await deleteOne(ctx, statement, retry)).result;
}

function insertOne(ctx: CommandContext, op: BulkOp, index: number): StatementResult {
  const raw = rawChild(op.raw, "document");
  if (!raw) throw missingField("bulkWrite.ops.document");
  const entry = ensureCollection(ctx, op.namespace);
  const doc = prepareInsert(
    raw,
    boolField(ctx.body, "bypassEmptyTsReplacement") ? () => Buffer.alloc(8) : stampSource(ctx),
  );
  if (!boolField(ctx.body, "bypassDocumentValidation")) validatorOf(entry)?.(doc);
  const state = retryOf(ctx);
  const insert: InsertOp = { kind: "insert", entry, doc, ...(state && { statement: index }) };
  return settle(ctx, { state, statement: index }, [insert], { result: { n: 1 }, before: null, after: doc }).result;
}

/** One command for inserts, updates and deletes in several collections (since 8.0). */
async function bulkWrite(ctx: CommandContext): Promise<Document> {
  if (ctx.server.release < 800) throw commandError(59, "no such command: 'bulkWrite'");
  const ops = readOps(ctx);
  const ordered = boolField(ctx.body, "ordered", true);
  const errorsOnly = boolField(ctx.body, "errorsOnly");
  const totals = { nErrors: 0, nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
  const items: Buffer[] = [];
  for (const [idx, op] of ops.entries()) {
    try {
      const result = await runOp(ctx, op, idx);
      tally(totals, op.kind, result);
      if (!errorsOnly) items.push(encodeDocument(presentResult(op.kind, idx, result)));
    } catch (error) {
      const { index: _index, ...shown } = presentWriteError(idx, error);
      totals.nErrors += 1;
      items.push(encodeDocument({ ok: NOT_OK, idx, n: 0, ...(op.kind === "update" && { nModified: 0 }), ...shown }));
      ctx.transaction?.abort();
      if (ordered || ctx.transaction) break;
    }
  }
  const options = cursorOptions(ctx, { namespace: "admin.$cmd.bulkWrite", producer: arrayProducer(items) });
  const reply = await openCursor(ctx, options, isDocument(ctx.body.cursor) ? batchSizeOf(ctx.body) : Infinity);
  return { ...reply, ...Object.fromEntries(Object.entries(totals).map(([name, n]) => [name, new Int32(n)])) };
}

function tally(totals: Record<string, number>, kind: Kind, result: StatementResult): void {
  if (kind === "insert") totals.nInserted! += result.n;
  else if (kind === "delete") totals.nDeleted! += result.n;
  else {
    if (result.upserted) totals.nUpserted! += 1;
    else totals.nMatched! += result.n;
    totals.nModified! += result.nModified ?? 0;
  }
}

function presentResult(kind: Kind, idx: number, result: StatementResult): Record<string, unknown> {
  const upserted: { _id: RawValue } | undefined = result.upserted && { _id: result.upserted };
  return {
    ok: OK,
    idx,
    n: result.n,
    ...(kind === "update" && { nModified: result.nModified ?? 0 }),
    ...(upserted && { upserted }),
  };
}

const ACTIONS = { insert: "insert", update: "update", delete: "remove" } as const;

function needs(ctx: CommandContext): Need[] {
  const seen = new Map<string, Need>();
  for (const op of readOps(ctx)) {
    const dot = op.namespace.indexOf(".");
    const target = { db: op.namespace.slice(0, dot), collection: op.namespace.slice(dot + 1) };
    const actions: string[] = [
      ACTIONS[op.kind],
      ...(op.kind === "update" && boolField(op.decoded, "upsert") ? ["insert"] : []),
    ];
    for (const action of actions) seen.set(`${op.namespace} ${action}`, { target, action });
  }
  return [...seen.values()];
}

export const bulkWriteCommands: readonly Command[] = [
  {
    name: "bulkWrite",
    needs,
    adminOnly: true,
    writes: true,
    inTransaction: true,
    fields: "ops nsInfo ordered bypassDocumentValidation bypassEmptyTsReplacement let errorsOnly cursor".split(" "),
    run: bulkWrite,
  },
];
