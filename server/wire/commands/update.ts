import { commandError } from "../command-error";
import { boolField, decodeDocument, type Document } from "../protocol/decode";
import type { RawValue } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import type { StatementResult } from "../runtime/retry-record";
import { assertCollectionUuid } from "./collection-source";
import type { Command, Need } from "./command";
import { documentSequence } from "./document-sequence";
import { retryOf } from "./retryable";
import { readUpdateStatement, updateMany, updateOne } from "./update-statement";
import { presentWriteError, type WriteError } from "./write-errors";
import { assertWriteTarget } from "./write-target";

export const BATCH_MAX = 100_000;

export function assertBatchSize(size: number): void {
  if (size >= 1 && size <= BATCH_MAX) return;
  throw commandError(16, `Write batch sizes must be between 1 and ${BATCH_MAX}. Got ${size} operations.`);
}

async function runStatement(ctx: CommandContext, raw: Buffer, index: number): Promise<StatementResult> {
  const state = retryOf(ctx);
  const known = state?.results.get(index);
  if (known) return known;
  const statement = {
    ...readUpdateStatement(ctx, raw, decodeDocument(raw), { filter: "q", update: "u" }),
    namespace: ctx.namespace,
  };
  if (statement.multi) return updateMany(ctx, statement);
  return (await updateOne(ctx, statement, { state, statement: index })).result;
}

async function update(ctx: CommandContext): Promise<Document> {
  const updates = documentSequence(ctx, "updates");
  assertBatchSize(updates.length);
  assertWriteTarget(ctx, ctx.namespace);
  assertCollectionUuid(ctx, ctx.server.store.collection(ctx.namespace));
  const ordered = boolField(ctx.body, "ordered", true);
  const errors: WriteError[] = [];
  const upserted: Array<{ index: number; _id: RawValue }> = [];
  let n = 0;
  let nModified = 0;
  for (const [index, raw] of updates.entries()) {
    ctx.server.opcounters.update += 1;
    try {
      const result = await runStatement(ctx, raw, index);
      n += result.n;
      nModified += result.nModified ?? 0;
      if (result.upserted) upserted.push({ index, _id: result.upserted });
    } catch (error) {
      errors.push(presentWriteError(index, error));
      ctx.transaction?.abort();
      if (ordered || ctx.transaction) break;
    }
  }
  return {
    n,
    nModified,
    ...(upserted.length > 0 && { upserted }),
    ...(errors.length > 0 && { writeErrors: errors }),
  };
}

function needs(ctx: CommandContext): Need[] {
  const target = { db: ctx.db, collection: ctx.collectionName };
  const upserts = (ctx.request.sequences.get("updates") ?? []).some((raw) => decodeDocument(raw).upsert === true);
  return [
    { target, action: "update" },
    ...(upserts ? [{ target, action: "insert" }] : []),
    ...(boolField(ctx.body, "bypassDocumentValidation") ? [{ target, action: "bypassDocumentValidation" }] : []),
  ];
}

export const updateCommands: readonly Command[] = [
  {
    name: "update",
    needs,
    writes: true,
    inTransaction: true,
    fields: [
      "updates",
      "ordered",
      "bypassDocumentValidation",
      "bypassEmptyTsReplacement",
      "let",
      "collectionUUID",
      "runtimeConstants",
      "encryptionInformation",
    ],
    run: update,
  },
];
