import { MongoNetworkError, MongoServerError, MongoServerSelectionError } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";

/**
 * What a server says when it stops being the primary, or stops altogether: PrimarySteppedDown, ShutdownInProgress,
 * NotWritablePrimary, InterruptedAtShutdown, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk,
 * NotPrimaryOrSecondary. The list of
 * https://github.com/mongodb/specifications/blob/master/source/server-discovery-and-monitoring/server-discovery-and-monitoring.md#not-writable-primary-and-node-is-recovering
 */
const ELECTION_CODES: ReadonlySet<unknown> = new Set([189, 91, 10107, 11600, 11602, 13435, 13436]);

/** True when the server is away, or no longer the primary, as opposed to having said no. */
export function isConnectionBroken(error: unknown): boolean {
  if (error instanceof MongoServerError) return ELECTION_CODES.has(error.code);
  return error instanceof MongoNetworkError || error instanceof MongoServerSelectionError;
}

/** A connection that broke as CLUSTER_UNREACHABLE, which a caller can wait for; everything else as it is. */
export function toUnreachable(error: unknown, which: "source" | "target"): unknown {
  if (!isConnectionBroken(error)) return error;
  return new DomainError("CLUSTER_UNREACHABLE", { message: `the ${which} went away`, cause: error });
}
