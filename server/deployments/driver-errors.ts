import {
  MongoCompatibilityError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from "mongodb";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";

/** The server's error numbers that mean something here. */
export const MONGO_CODE = {
  unauthorized: 13,
  authenticationFailed: 18,
  illegalOperation: 20,
  namespaceNotFound: 26,
  namespaceExists: 48,
  commandNotFound: 59,
  invalidOptions: 72,
  noReplicationEnabled: 76,
  notAReplicaSet: 123,
  notImplemented: 238,
  userWritesBlocked: 371,
  atlasError: 8000,
  duplicateKey: 11000,
} as const;

/** The server's error number, or null when the error did not come from a server. */
export function serverCode(error: unknown): number | null {
  return error instanceof MongoServerError && typeof error.code === "number" ? error.code : null;
}

const AUTHENTICATION_CODES: ReadonlySet<number> = new Set([
  MONGO_CODE.authenticationFailed,
  MONGO_CODE.atlasError,
  11,
  334,
]);

function causes(error: unknown): unknown[] {
  const found: unknown[] = [];
  for (let at: unknown = error; at instanceof Error && found.length < 8; at = at.cause) {
    found.push(at);
    if (at instanceof MongoServerSelectionError) {
      for (const server of at.reason?.servers.values() ?? []) if (server.error) found.push(server.error);
    }
  }
  return found;
}

/**
 * What a failed connection or command means: unreachable, wrong credentials, a missing privilege, a server that is too
 * old. Anything else comes back as it is.
 */
export function toDeploymentError(error: unknown, doing: string): unknown {
  const chain = causes(error);
  const ours = chain.find((cause) => isDomainError(cause));
  if (ours !== undefined) return ours;
  for (const cause of chain) {
    const code = serverCode(cause);
    if (code !== null && AUTHENTICATION_CODES.has(code)) {
      return new DomainError("CLUSTER_AUTHENTICATION_FAILED", { message: "wrong user name or password", cause: error });
    }
    if (code === MONGO_CODE.unauthorized) {
      return new DomainError("CLUSTER_PRIVILEGE_MISSING", {
        message: `the database user may not: ${doing}`,
        params: { missing: doing },
        cause: error,
      });
    }
    if (cause instanceof MongoCompatibilityError) {
      return new DomainError("CLUSTER_VERSION_UNSUPPORTED", { message: cause.message, cause: error });
    }
  }
  const unreachable = chain.some(
    (cause) =>
      cause instanceof MongoNetworkError ||
      cause instanceof MongoServerSelectionError ||
      cause instanceof MongoTopologyClosedError,
  );
  return unreachable
    ? new DomainError("CLUSTER_UNREACHABLE", { message: `no answer while: ${doing}`, cause: error })
    : error;
}
