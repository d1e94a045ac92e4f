import { Long } from "bson";
import { commandError } from "../command-error";
import type { Command } from "../commands/command";
import { isDocument } from "../protocol/decode";
import type { CommandContext } from "./context";
import { storedNumber } from "./retry-record";
import { sessionKeyOf } from "./sessions";
import { SessionTransaction } from "./transaction";

/** Finds the command's session and transaction, and begins a transaction where the command says so. */
export function enterSession(ctx: CommandContext, command: Command): void {
  const { body } = ctx;
  if (body.lsid === undefined) {
    if (body.txnNumber !== undefined)
      throw commandError(72, "Transaction number requires a session ID to be specified");
    return;
  }
  ctx.session = ctx.server.sessions.use(sessionKeyOf(body.lsid));
  if (body.txnNumber === undefined) {
    if (body.autocommit !== undefined) throw commandError(72, "'autocommit' field requires a transaction number");
    return;
  }
  if (!(body.txnNumber instanceof Long)) throw commandError(14, "txnNumber must be a long");
  const number = body.txnNumber.toBigInt();
  if (ctx.session.txnNumber < 0n) ctx.session.txnNumber = storedNumber(ctx.server.store, ctx.session);
  if (body.autocommit === undefined) return enterRetryableWrite(ctx, command, number);
  if (body.autocommit !== false) throw commandError(72, "'autocommit' may only be false");
  if (body.startTransaction === true) beginTransaction(ctx, command, number);
  else continueTransaction(ctx, command, number);
}

function enterRetryableWrite(ctx: CommandContext, command: Command, number: bigint): void {
  const session = ctx.session!;
  if (!command.writes) return;
  if (number < session.txnNumber) throw tooOld(number, session.txnNumber);
  if (number > session.txnNumber) {
    session.transaction?.abort();
    session.transaction = null;
    session.txnNumber = number;
  }
  if (session.transaction) throw commandError(50911, "Cannot start a retryable write on a transaction in progress");
  ctx.retryNumber = number;
}

function tooOld(number: bigint, newest: bigint): Error {
  return commandError(
    225,
    `Cannot start transaction ${number} because a newer transaction ${newest} has already started on this session.`,
  );
}

function beginTransaction(ctx: CommandContext, command: Command, number: bigint): void {
  const session = ctx.session!;
  assertAllowed(ctx, command);
  if (number < session.txnNumber) throw tooOld(number, session.txnNumber);
  if (number === session.txnNumber && session.transaction?.state !== "aborted") {
    throw commandError(
      50911,
      `Cannot start a transaction at given transaction number ${number}: a transaction or write with the same number has begun on this session`,
    );
  }
  session.transaction?.abort();
  session.txnNumber = number;
  const { store, locks } = ctx.server;
  session.transaction = new SessionTransaction(number, store.pins.now(), store, locks);
  ctx.transaction = session.transaction;
}

function continueTransaction(ctx: CommandContext, command: Command, number: bigint): void {
  const session = ctx.session!;
  if (number < session.txnNumber) throw tooOld(number, session.txnNumber);
  const transaction = session.transaction;
  if (number > session.txnNumber || !transaction) throw noSuchTransaction(number);
  const ends = command.name === "commitTransaction" || command.name === "abortTransaction";
  if (transaction.state === "aborted" || (transaction.state === "committed" && command.name !== "commitTransaction")) {
    if (transaction.state === "committed")
      throw commandError(256, `Transaction with { txnNumber: ${number} } has been committed.`);
    throw noSuchTransaction(number);
  }
  if (!ends) assertAllowed(ctx, command);
  if (isDocument(ctx.body.readConcern) && !ends) {
    throw commandError(72, "Only the first command in a transaction may specify a readConcern");
  }
  ctx.transaction = transaction;
}

function noSuchTransaction(number: bigint): Error {
  return commandError(251, `Given transaction number ${number} does not match any in-progress transactions.`);
}

function assertAllowed(ctx: CommandContext, command: Command): void {
  if (command.name === "count") {
    throw commandError(
      263,
      "Cannot run 'count' in a multi-document transaction. Please see http://dochub.mongodb.org/core/transaction-count for a recommended alternative.",
    );
  }
  if (!command.inTransaction) throw commandError(263, `Cannot run '${command.name}' in a multi-document transaction.`);
  if (isDocument(ctx.body.writeConcern))
    throw commandError(72, "writeConcern is not allowed within a multi-statement transaction");
}
