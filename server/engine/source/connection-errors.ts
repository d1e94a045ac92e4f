import { MongoNetworkError, MongoServerSelectionError } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";

/** True when the server is away, as opposed to having said no. */
export function isConnectionBroken(error: unknown): boolean {
  return error instanceof MongoNetworkError || error instanceof MongoServerSelectionError;
}

/** A connection that broke as CLUSTER_UNREACHABLE, which a caller can wait for; everything else as it is. */
export function toUnreachable(error: unknown, which: "source" | "target"): unknown {
  if (!isConnectionBroken(error)) return error;
  return new DomainError("CLUSTER_UNREACHABLE", { message: `the ${which} went away`, cause: error });
}
