import type { Progress, StepName } from "@/server/engine/source/progress";
import type { Db, Tx } from "@/server/platform/db";
import { isDomainError, type DomainError } from "@/server/platform/errors/domain-error";
import type { RunModel } from "@/server/platform/generated/prisma/models";
import type { RunLease } from "./run-lease";

export interface RunContext {
  readonly db: Db;
  readonly run: RunModel;
  readonly lease: RunLease;
  /** Aborted with RUN_CANCELLED, RUN_LEASE_LOST or WORKER_STOPPING. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * What a kind of run does. `execute` may be cut anywhere and begin again in another worker. What it returns, and
 * what `fail` does, happens in the transaction that settles the run.
 */
export interface RunHandler {
  readonly steps: readonly StepName[];
  execute(context: RunContext): Promise<(tx: Tx) => Promise<void>>;
  fail(context: RunContext, error: DomainError, status: "FAILED" | "CANCELLED"): Promise<(tx: Tx) => Promise<void>>;
}

/**
 * Thrown by a handler that can neither finish nor give up now: the run keeps its place and is taken up again when its
 * lease has run out.
 */
export class RetryRunLater extends Error {
  constructor(cause: unknown) {
    super("the run is taken up again later", { cause });
    this.name = "RetryRunLater";
  }
}

/** An error that settles nothing: whoever has the run next goes on with it, and with all that it holds. */
export function isHandedOver(error: unknown): boolean {
  return (
    error instanceof RetryRunLater || isDomainError(error, "RUN_LEASE_LOST") || isDomainError(error, "WORKER_STOPPING")
  );
}
