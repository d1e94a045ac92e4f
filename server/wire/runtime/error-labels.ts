import type { CommandError } from "../command-error";
import { isDocument, toNumber, type Document } from "../protocol/decode";
import type { CommandContext } from "./context";

/** Codes after which a retryable write may be sent again (retryable writes specification). */
const RETRYABLE = new Set([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);
const TRANSIENT = new Set([24, 112, 239, 246, 251, 267, ...RETRYABLE]);

/** Adds the labels that drivers act on, and ends a transaction whose statement failed. */
export function labelError(ctx: CommandContext, error: CommandError): void {
  const inTransaction = ctx.body.autocommit === false;
  if (error.labelsGiven) {
    if (inTransaction) ctx.transaction?.abort();
    return;
  }
  if (inTransaction) {
    const ends = ctx.name === "commitTransaction";
    if (!ends && TRANSIENT.has(error.code)) add(error, "TransientTransactionError");
    if (ends && (error.code === 251 || error.code === 112)) add(error, "TransientTransactionError");
    if (ends && RETRYABLE.has(error.code)) add(error, "RetryableWriteError");
    ctx.transaction?.abort();
    return;
  }
  if (ctx.body.txnNumber !== undefined && RETRYABLE.has(error.code)) add(error, "RetryableWriteError");
}

/** The labels of a reply whose write was done but not confirmed as its write concern asks; null for none. */
export function writeConcernLabels(ctx: CommandContext, reply: Document): string[] | null {
  const error = reply.writeConcernError;
  if (!isDocument(error) || ctx.body.txnNumber === undefined) return null;
  return RETRYABLE.has(toNumber(error.code) ?? 0) ? ["RetryableWriteError"] : null;
}

function add(error: CommandError, label: string): void {
  if (!error.labels.includes(label)) error.labels.push(label);
}
