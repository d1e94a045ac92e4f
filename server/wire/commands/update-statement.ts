import { findElement } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { boolField, missingField, rawChild, type Document } from "../protocol/decode";
import { RawValue } from "../protocol/encode";
import {
  compileUpdate,
  deltaEntry,
  parseCollation,
  Raw,
  updateKind,
  type Collation,
  type CompiledUpdate,
  type UpdateResult,
} from "../query";
import type { CommandContext } from "../runtime/context";
import type { RetryState, StatementResult } from "../runtime/retry-record";
import { rawArrayItems } from "../runtime/views";
import type { CollectionEntry } from "../storage/catalog-entry";
import type { StoredRecord } from "../storage/read-view";
import { assertStorable, idRecordKey } from "../storage/record-writer";
import type { UpdateOp, WriteOp } from "../storage/write-op";
import { hintOf, type QueryRequest } from "./collection-source";
import { assertId, DOCUMENT_BYTES_MAX } from "./prepare-document";
import { letVariables } from "./let-variables";
import { firstRecord, forEachMatch, holderOf, waitForHolder } from "./matching-records";
import { commitStatement, transactionInsertError, uniqueError } from "./retryable";
import { updateValidatorOf, validatorOf } from "./validation";
import { ensureCollection } from "./write-target";

/** One update, as update, findAndModify and bulkWrite spell it, in one form. */
export interface UpdateStatement {
  namespace: string;
  filter: Buffer;
  update: Raw;
  constants: Buffer | null;
  arrayFilters: Buffer[];
  multi: boolean;
  upsert: boolean;
  sort: Buffer | null;
  hint: string | Buffer | null;
  collation: Collation | null;
}

/** Reads `{q, u, …}` of an update command. */
export function readUpdateStatement(
  ctx: CommandContext,
  raw: Buffer,
  decoded: Document,
  names: { filter: string; update: string },
): UpdateStatement {
  const update = findElement(raw, names.update);
  const filter = rawChild(raw, names.filter);
  if (!update) throw missingField(`update.updates.${names.update}`);
  if (!filter) throw missingField(`update.updates.${names.filter}`);
  const statement: UpdateStatement = {
    namespace: "",
    filter,
    update: new Raw(raw, update.type, update.start, update.end),
    constants: rawChild(raw, "c"),
    arrayFilters: rawArrayItems(rawChild(raw, "arrayFilters")),
    multi: boolField(decoded, "multi"),
    upsert: boolField(decoded, "upsert"),
    sort: rawChild(raw, "sort"),
    hint: hintOf(raw, decoded),
    collation: collationOf(raw),
  };
  if (statement.multi && updateKind(statement.update) === "replacement") {
    throw commandError(9, "multi update is not supported for replacement-style update");
  }
  if (statement.multi && statement.sort) throw commandError(9, "Cannot specify sort with multi=true");
  if (statement.multi && ctx.retryNumber !== null)
    throw commandError(72, "Cannot use retryable writes with multi=true");
  return statement;
}

export function collationOf(raw: Buffer): Collation | null {
  const collation = rawChild(raw, "collation");
  return collation && collation.length > 5 ? (parseCollation(collation) ?? null) : null;
}

/** The statement's own collation, else the collection's. */
export function collationFor(entry: CollectionEntry | undefined, own: Collation | null): Collation | null {
  if (own || !entry) return own;
  const inherited = rawChild(entry.options, "collation");
  return inherited ? (parseCollation(inherited) ?? null) : null;
}

function compile(ctx: CommandContext, statement: UpdateStatement, collation: Collation | null): CompiledUpdate {
  const { clock, store } = ctx.server;
  const now = clock.now();
  return compileUpdate(statement.update, {
    arrayFilters: statement.arrayFilters,
    filter: statement.filter,
    collation,
    variables: letVariables(ctx),
    constants: statement.constants,
    now,
    timestamp: { seconds: Math.floor(now.getTime() / 1000), increment: Number(store.lastTime & 0xffffffffn) + 1 },
    keepEmptyTimestamps: boolField(ctx.body, "bypassEmptyTsReplacement"),
  });
}

function updateOp(entry: CollectionEntry, record: StoredRecord, result: UpdateResult, statement?: number): UpdateOp {
  return {
    kind: "update",
    entry,
    recordKey: record.recordKey,
    before: record.doc,
    after: result.document,
    o: result.diff ? deltaEntry(result.diff) : result.document,
    ...(statement !== undefined && { statement }),
  };
}

/** What became of one record; kept for findAndModify. */
export interface Outcome {
  result: StatementResult;
  before: Buffer | null;
  after: Buffer | null;
}

/** Checks what an update makes of a document: size, validator, growth in a capped collection. */
function check(ctx: CommandContext, entry: CollectionEntry, before: Buffer, after: Buffer): void {
  assertStorable(after, DOCUMENT_BYTES_MAX);
  if (!boolField(ctx.body, "bypassDocumentValidation")) updateValidatorOf(entry)?.(before, after);
}

function writeInTransaction(ctx: CommandContext, entry: CollectionEntry, op: UpdateOp): void {
  const transaction = ctx.transaction!;
  const error = uniqueError(transaction, ctx, entry, op.recordKey, op.after);
  if (error) throw error;
  transaction.write(entry, op.recordKey, op.after, op);
}

/**
 * Runs an update of at most one document, or its upsert. `finish` may complete the result (findAndModify's reply)
 * before it is stored for a retry.
 */
export async function updateOne(
  ctx: CommandContext,
  statement: UpdateStatement,
  retry: { state: RetryState | null; statement: number; finish?: (outcome: Outcome) => StatementResult },
): Promise<Outcome> {
  for (;;) {
    const entry = ctx.server.store.collection(statement.namespace);
    const collation = collationFor(entry, statement.collation);
    const compiled = compile(ctx, statement, collation);
    const record = entry ? firstRecord(ctx, entry, requestOf(ctx, statement, collation)) : null;
    if (!entry || !record)
      return statement.upsert
        ? upsert(ctx, statement, compiled, retry)
        : settle(ctx, retry, [], { result: { n: 0, nModified: 0 }, before: null, after: null });
    const holder = holderOf(ctx, entry, record.recordKey);
    if (holder) {
      await waitForHolder(ctx, holder);
      continue;
    }
    const applied = compiled.apply(record.doc);
    const outcome = {
      result: { n: 1, nModified: applied.modified ? 1 : 0 },
      before: record.doc,
      after: applied.document,
    };
    if (!applied.modified) return settle(ctx, retry, [], outcome);
    check(ctx, entry, record.doc, applied.document);
    return settle(ctx, retry, [updateOp(entry, record, applied, retry.state ? retry.statement : undefined)], outcome);
  }
}

function requestOf(ctx: CommandContext, statement: UpdateStatement, collation: Collation | null): QueryRequest {
  return {
    filter: statement.filter,
    sort: statement.sort,
    hint: statement.hint,
    collation,
    variables: letVariables(ctx),
  };
}

/** Writes the operations of a statement together with its result. */
export function settle(
  ctx: CommandContext,
  retry: { state: RetryState | null; statement: number; finish?: (outcome: Outcome) => StatementResult },
  ops: WriteOp[],
  outcome: Outcome,
): Outcome {
  const done = { ...outcome, result: retry.finish?.(outcome) ?? outcome.result };
  if (ctx.transaction) {
    for (const op of ops) {
      if (op.kind === "update") writeInTransaction(ctx, op.entry, op);
      else if (op.kind === "delete") ctx.transaction.write(op.entry, op.recordKey, null, op);
      else if (op.kind === "insert") {
        const error = transactionInsertError(ctx.transaction, ctx, op);
        if (error) throw error;
        ctx.transaction.write(op.entry, idRecordKey(op.doc), op.doc, op);
      }
    }
  } else if (ops.length > 0 || retry.state) commitStatement(ctx, ops, retry.state, retry.statement, done.result);
  return done;
}

function upsert(
  ctx: CommandContext,
  statement: UpdateStatement,
  compiled: CompiledUpdate,
  retry: { state: RetryState | null; statement: number; finish?: (outcome: Outcome) => StatementResult },
): Outcome {
  const entry = ensureCollection(ctx, statement.namespace);
  const doc = compiled.insert();
  assertStorable(doc, DOCUMENT_BYTES_MAX);
  assertId(doc);
  if (!boolField(ctx.body, "bypassDocumentValidation")) validatorOf(entry)?.(doc);
  const id = findElement(doc, "_id")!;
  const upserted = new RawValue(id.type, doc.subarray(id.start, id.end));
  const op: WriteOp = { kind: "insert", entry, doc, ...(retry.state && { statement: retry.statement }) };
  return settle(ctx, retry, [op], { result: { n: 1, nModified: 0, upserted }, before: null, after: doc });
}

/** Runs an update of every matching document, chunk by chunk. */
export async function updateMany(ctx: CommandContext, statement: UpdateStatement): Promise<StatementResult> {
  const entry = ctx.server.store.collection(statement.namespace);
  const collation = collationFor(entry, statement.collation);
  const compiled = compile(ctx, statement, collation);
  const result: StatementResult & { nModified: number } = { n: 0, nModified: 0 };
  if (entry) {
    await forEachMatch(ctx, entry, requestOf(ctx, statement, collation), (records) => {
      const ops: UpdateOp[] = [];
      for (const record of records) {
        const applied = compiled.apply(record.doc);
        if (!applied.modified) continue;
        check(ctx, entry, record.doc, applied.document);
        ops.push(updateOp(entry, record, applied));
      }
      result.n += records.length;
      result.nModified += ops.length;
      if (ops.length === 0) return;
      if (ctx.transaction) for (const op of ops) writeInTransaction(ctx, entry, op);
      else ctx.server.store.commit(ops, { onError: "abort" });
    });
  }
  if (result.n > 0 || !statement.upsert) return result;
  return upsert(ctx, statement, compiled, { state: null, statement: 0 }).result;
}
