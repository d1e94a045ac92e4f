import { setImmediate as nextTurn } from "node:timers/promises";
import { commandError } from "../command-error";
import { boolField, decodeDocument, missingField, numberField, rawChild, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import type { StatementResult, RetryState } from "../runtime/retry-record";
import type { DeleteOp } from "../storage/write-op";
import { assertCollectionUuid, hintOf, type QueryRequest } from "./collection-source";
import type { Command } from "./command";
import { documentSequence } from "./document-sequence";
import { letVariables } from "./let-variables";
import { firstRecord, forEachMatch, holderOf, waitForHolder } from "./matching-records";
import { retryOf } from "./retryable";
import { assertBatchSize } from "./update";
import { collationFor, collationOf, settle, type Outcome } from "./update-statement";
import { presentWriteError, type WriteError } from "./write-errors";
import { assertWriteTarget } from "./write-target";
import type { Collation } from "../query";

/** One delete, in one form for delete, findAndModify and bulkWrite. */
export interface DeleteStatement {
  namespace: string;
  filter: Buffer;
  sort: Buffer | null;
  hint: string | Buffer | null;
  collation: Collation | null;
}

function requestOf(ctx: CommandContext, statement: DeleteStatement): QueryRequest {
  const entry = ctx.server.store.collection(statement.namespace);
  const collation = collationFor(entry, statement.collation);
  return {
    filter: statement.filter,
    sort: statement.sort,
    hint: statement.hint,
    collation,
    variables: letVariables(ctx),
  };
}

/** Removes at most one document. */
export async function deleteOne(
  ctx: CommandContext,
  statement: DeleteStatement,
  retry: { state: RetryState | null; statement: number; finish?: (outcome: Outcome) => StatementResult },
): Promise<Outcome> {
  for (;;) {
    const entry = ctx.server.store.collection(statement.namespace);
    const record = entry ? firstRecord(ctx, entry, requestOf(ctx, statement)) : null;
    if (!entry || !record) return settle(ctx, retry, [], { result: { n: 0 }, before: null, after: null });
    const holder = holderOf(ctx, entry, record.recordKey);
    if (holder) {
      await waitForHolder(ctx, holder);
      continue;
    }
    const op: DeleteOp = { kind: "delete", entry, recordKey: record.recordKey, before: record.doc };
    if (retry.state) op.statement = retry.statement;
    return settle(ctx, retry, [op], { result: { n: 1 }, before: record.doc, after: null });
  }
}

/** Removes every matching document, chunk by chunk. */
export async function deleteMany(ctx: CommandContext, statement: DeleteStatement): Promise<StatementResult> {
  const entry = ctx.server.store.collection(statement.namespace);
  let n = 0;
  if (!entry) return { n };
  await forEachMatch(ctx, entry, requestOf(ctx, statement), (records) => {
    const ops = records.map(({ recordKey, doc }): DeleteOp => ({ kind: "delete", entry, recordKey, before: doc }));
    if (ctx.transaction) for (const op of ops) ctx.transaction.write(entry, op.recordKey, null, op);
    else ctx.server.store.commit(ops, { onError: "abort" });
    n += ops.length;
  });
  return { n };
}

async function runStatement(ctx: CommandContext, raw: Buffer, index: number): Promise<StatementResult> {
  const state = retryOf(ctx);
  const known = state?.results.get(index);
  if (known) return known;
  const decoded = decodeDocument(raw);
  const filter = rawChild(raw, "q");
  if (!filter) throw missingField("delete.deletes.q");
  if (decoded.limit === undefined) throw missingField("delete.deletes.limit");
  const limit = numberField(decoded, "limit", 0);
  if (limit !== 0 && limit !== 1)
    throw commandError(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  if (limit === 0 && ctx.retryNumber !== null) throw commandError(72, "Cannot use retryable writes with limit=0");
  const statement = {
    namespace: ctx.namespace,
    filter,
    sort: null,
    hint: hintOf(raw, decoded),
    collation: collationOf(raw),
  };
  if (limit === 0) return deleteMany(ctx, statement);
  return (await deleteOne(ctx, statement, { state, statement: index })).result;
}

async function remove(ctx: CommandContext): Promise<Document> {
  const deletes = documentSequence(ctx, "deletes");
  assertBatchSize(deletes.length);
  assertWriteTarget(ctx, ctx.namespace);
  assertCollectionUuid(ctx, ctx.server.store.collection(ctx.namespace));
  const ordered = boolField(ctx.body, "ordered", true);
  const errors: WriteError[] = [];
  let n = 0;
  for (const [index, raw] of deletes.entries()) {
    ctx.server.opcounters.delete += 1;
    try {
      n += (await runStatement(ctx, raw, index)).n;
    } catch (error) {
      errors.push(presentWriteError(index, error));
      ctx.transaction?.abort();
      if (ordered || ctx.transaction) break;
    }
    if (index % 500 === 499) await nextTurn();
  }
  return { n, ...(errors.length > 0 && { writeErrors: errors }) };
}

export const deleteCommands: readonly Command[] = [
  {
    name: "delete",
    needs: (ctx) => [{ target: { db: ctx.db, collection: ctx.collectionName }, action: "remove" }],
    writes: true,
    inTransaction: true,
    fields: [
      "deletes",
      "ordered",
      "let",
      "collectionUUID",
      "runtimeConstants",
      "encryptionInformation",
      "bypassDocumentValidation",
    ],
    run: remove,
  },
];
