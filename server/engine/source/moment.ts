import { Timestamp } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { ClusterTime } from "./raw-cursor";

/** The moment that a snapshot is true for, or why there is none. */
export type Moment = ({ kind: "snapshot" } & ClusterTime) | { kind: "plain"; reason: string };

/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const SNAPSHOT_TOO_OLD = 239;
const SNAPSHOT_UNAVAILABLE = 246;
const INVALID_OPTIONS = 72;
/**
 * A cursor lost its collection or its place in it: QueryPlanKilled, NamespaceNotFound, CursorNotFound, CursorKilled,
 * CappedPositionLost.
 */
const SOURCE_CHANGED_CODES: ReadonlySet<unknown> = new Set([175, 26, 43, 237, 136]);

/** True when the server cannot, or can no longer, read at the chosen moment. */
export function isMomentLost(error: unknown): error is Error {
  const code = (error as { code?: unknown }).code;
  return code === SNAPSHOT_TOO_OLD || code === SNAPSHOT_UNAVAILABLE || code === INVALID_OPTIONS;
}

/** SNAPSHOT_SOURCE_CHANGED where the collection changed under its cursor; everything else as it is. */
export function toSourceError(error: unknown, namespace: string): unknown {
  if (!SOURCE_CHANGED_CODES.has((error as { code?: unknown }).code)) return error;
  return new DomainError("SNAPSHOT_SOURCE_CHANGED", {
    message: `${namespace} changed while it was read`,
    params: { namespace },
    cause: error,
  });
}

/** What a find sends to read at the moment; null leaves it to the server. */
export function readConcernOf(moment: Moment): Record<string, unknown> | null {
  if (moment.kind === "plain") return null;
  return { level: "snapshot", atClusterTime: new Timestamp({ t: moment.seconds, i: moment.increment }) };
}
