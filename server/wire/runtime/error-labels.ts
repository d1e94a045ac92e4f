import type { CommandError } from "../command-error";
import type { CommandContext } from "./context";

/** Codes after which a retryable write may be sent again (retryable writes specification). */
const RETRYABLE = new Set([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);
const TRANSIENT = new Set([24, 112, 239, 246, 251, 267, ...RETRYABLE]);

/** Adds the labels that drivers act on, and ends a transaction whose statement failed. */
export function labelError(ctx: CommandContext, error: CommandError): void {
  const inTransaction = ctx.body.autocommit === false;
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

function add(error: CommandError, label: string): void {
  if (!error.labels.includes(label)) error.labels.push(label);
}
