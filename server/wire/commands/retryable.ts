import { setImmediate as nextTurn } from "node:timers/promises";
import { compileIndex, prefixRange } from "../query";
import type { CommandError } from "../command-error";
import {
  encodeRetryState,
  retryState,
  sessionHead,
  type RetryState,
  type StatementResult,
} from "../runtime/retry-record";
import type { CommandContext } from "../runtime/context";
import type { SessionTransaction } from "../runtime/transaction";
import type { CollectionEntry } from "../storage/catalog-entry";
import { duplicateKey } from "../storage/duplicate-key";
import { boundKey, INDEX_KEY_MAX } from "../storage/lmdb/record-key";
import { idRecordKey, isMaintained } from "../storage/record-writer";
import type { CommitOptions, InsertOp, WriteOp } from "../storage/write-op";

/** One commit takes at most this much, so that a huge batch does not hold everybody up. */
const COMMIT_BYTES_MAX = 8 * 1024 * 1024;

/** The retry state of this command, or null when it is not a retryable write. */
export function retryOf(ctx: CommandContext): RetryState | null {
  if (ctx.retryNumber === null || !ctx.session) return null;
  return retryState(ctx.server.store, ctx.session, ctx.retryNumber);
}

/** The part of the commit options that stores the retry state; results must be in the state when it runs. */
export function retryOptions(ctx: CommandContext, state: RetryState | null): Pick<CommitOptions, "retry"> {
  if (!state || !ctx.session) return {};
  const session = ctx.session;
  const { login } = ctx.connection;
  const head = sessionHead(session, state.number, login ? `${login.user}@${login.db}` : "");
  return { retry: { sessionKey: session.id, head, record: () => encodeRetryState(state) } };
}

/** Waits until no open transaction holds one of these records. */
export async function waitForLocks(
  ctx: CommandContext,
  records: Array<{ entry: CollectionEntry; recordKey: Buffer }>,
): Promise<boolean> {
  const { locks } = ctx.server;
  if (locks.empty) return false;
  let waited = false;
  for (const { entry, recordKey } of records) {
    for (let owner = locks.owner(entry, recordKey); owner; owner = locks.owner(entry, recordKey)) {
      waited = true;
      await Promise.race([owner.ended, aborted(ctx.signal)]);
      ctx.throwIfKilled();
    }
  }
  return waited;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

interface CommitWrites {
  ordered: boolean;
  statementOf(position: number): number;
}

/** Writes the documents of one insert command: retries answer what they answered, transactions keep them back. */
export async function commitWrites(
  ctx: CommandContext,
  ops: InsertOp[],
  o: CommitWrites,
): Promise<{ n: number; errors: Map<number, CommandError> }> {
  if (ctx.transaction) return insertInTransaction(ctx.transaction, ctx, ops);
  const state = retryOf(ctx);
  const errors = new Map<number, CommandError>();
  let n = 0;
  for (let from = 0; from < ops.length;) {
    const to = chunkEnd(ops, from);
    const chunk: InsertOp[] = [];
    const positions: number[] = [];
    for (let position = from; position < to; position += 1) {
      const statement = o.statementOf(position);
      if (state?.results.has(statement)) n += 1;
      else {
        chunk.push(state ? { ...ops[position]!, statement } : ops[position]!);
        positions.push(position);
      }
    }
    await waitForLocks(
      ctx,
      ctx.server.locks.empty ? [] : chunk.map(({ entry, doc }) => ({ entry, recordKey: idRecordKey(doc) })),
    );
    n += commitChunk(ctx, chunk, positions, state, o.ordered, errors);
    if (o.ordered && errors.size > 0) break;
    from = to;
    // A commit takes its time; whoever waits for an answer gets it before the next.
    if (from < ops.length) await nextTurn();
  }
  return { n, errors };
}

function chunkEnd(ops: InsertOp[], from: number): number {
  let bytes = 0;
  let to = from;
  while (to < ops.length && (to === from || bytes + ops[to]!.doc.length <= COMMIT_BYTES_MAX)) {
    bytes += ops[to]!.doc.length;
    to += 1;
  }
  return to;
}

function commitChunk(
  ctx: CommandContext,
  chunk: InsertOp[],
  positions: number[],
  state: RetryState | null,
  ordered: boolean,
  errors: Map<number, CommandError>,
): number {
  if (chunk.length === 0) return 0;
  const retry = retryOptions(ctx, state);
  const before = state && new Map(state.results);
  if (retry.retry) ctx.server.failPoints.beforeRetryableCommit(ctx.connection);
  const onApplied = state
    ? (position: number): void => void state.results.set(chunk[position]!.statement!, { n: 1 })
    : undefined;
  try {
    const result = ctx.server.store.commit(chunk, {
      onError: ordered ? "stop" : "continue",
      ...retry,
      ...(onApplied && { onApplied }),
    });
    for (const [position, error] of result.errors) errors.set(positions[position]!, error);
    return result.applied;
  } catch (error) {
    if (state && before) state.results = before;
    throw error;
  }
}

function insertInTransaction(
  transaction: SessionTransaction,
  ctx: CommandContext,
  ops: InsertOp[],
): { n: number; errors: Map<number, CommandError> } {
  let n = 0;
  for (const [position, op] of ops.entries()) {
    const error = transactionInsertError(transaction, ctx, op);
    if (error) {
      transaction.abort();
      return { n, errors: new Map([[position, error]]) };
    }
    transaction.write(op.entry, idRecordKey(op.doc), op.doc, op);
    n += 1;
  }
  return { n, errors: new Map() };
}

/** What a unique key would refuse, seen from inside the transaction. */
export function transactionInsertError(
  transaction: SessionTransaction,
  ctx: CommandContext,
  op: { entry: CollectionEntry; doc: Buffer },
): CommandError | null {
  const { entry, doc } = op;
  const recordKey = idRecordKey(doc);
  const change = transaction.changeOf(entry, recordKey);
  const seen = transaction.view.collection(entry.namespace) ? transaction.view.get(entry, recordKey) : undefined;
  if (change ?? (change === undefined ? seen : undefined)) return duplicateKey(entry, entry.indexes[0]!, doc);
  return uniqueError(transaction, ctx, entry, recordKey, doc);
}

/** Checks the secondary unique indexes against what is committed and what the transaction holds. */
export function uniqueError(
  transaction: SessionTransaction,
  ctx: CommandContext,
  entry: CollectionEntry,
  recordKey: Buffer,
  doc: Buffer,
): CommandError | null {
  const latest = ctx.server.store.latest();
  for (const index of entry.indexes) {
    if (!index.unique || !isMaintained(index)) continue;
    const compiled = compileIndex(index.query);
    if (!compiled.includes(doc)) continue;
    const keys = compiled.keys(doc).keys.map((key) => boundKey(key, INDEX_KEY_MAX));
    for (const key of keys) {
      for (const found of latest.indexEntries(index, prefixRange(key), false)) {
        if (!found.recordKey.equals(recordKey) && transaction.changeOf(entry, found.recordKey) === undefined)
          return duplicateKey(entry, index, doc);
      }
    }
    for (const other of transaction.changedRecords(entry)) {
      if (other.recordKey.equals(recordKey) || !compiled.includes(other.doc)) continue;
      const taken = compiled.keys(other.doc).keys.map((key) => boundKey(key, INDEX_KEY_MAX));
      if (taken.some((key) => keys.some((own) => own.equals(key)))) return duplicateKey(entry, index, doc);
    }
  }
  return null;
}

/** Commits what one statement does, with its result for a retry. */
export function commitStatement(
  ctx: CommandContext,
  ops: WriteOp[],
  state: RetryState | null,
  statement: number,
  result: StatementResult,
): void {
  if (state) ctx.server.failPoints.beforeRetryableCommit(ctx.connection);
  state?.results.set(statement, result);
  try {
    ctx.server.store.commit(ops, { onError: "abort", ...retryOptions(ctx, state) });
  } catch (error) {
    state?.results.delete(statement);
    throw error;
  }
}
