import { MongoClient } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";
import { assertHostsAllowed, checkConnectionString } from "./connection-string";
import { toDeploymentError } from "./driver-errors";
import { guardedLookup, type NetworkPolicy } from "./network-policy";

/**
 * What answers on the wire behind a cluster. `embedded` runs in a child process of this installation; `external` is
 * somebody's server, reached by a connection string under the network policy.
 */
export interface Deployment {
  readonly kind: "embedded" | "external";
  /**
   * The connected client, the same at each call. Throws CLUSTER_UNREACHABLE, CLUSTER_AUTHENTICATION_FAILED,
   * CLUSTER_VERSION_UNSUPPORTED, CONNECTION_STRING_INVALID or CONNECTION_STRING_REFUSED; a later call tries again.
   */
  client(): Promise<MongoClient>;
  /** Ends the connections. May be called twice. */
  close(): Promise<void>;
}

const SERVER_SELECTION_TIMEOUT_MS = 8_000;
/** Also how long a heartbeat may take: a machine that is busy restoring must not count as unreachable. */
const CONNECT_TIMEOUT_MS = 30_000;
const POOL_SIZE_MAX = 16;

const EVERYWHERE: NetworkPolicy = { reachableNetworks: [] };

/** Opens nothing yet: the first `client()` connects. `policy` counts for external deployments. */
export function openDeployment(options: {
  connectionString: string;
  kind: Deployment["kind"];
  policy?: NetworkPolicy;
  /**
   * The person at this machine's own command line gave the string: it may name files of theirs (`tlsCAFile`), use their
   * identity and lead anywhere. Never for a string that came over the network.
   */
  isOwnCommand?: boolean;
  /** How long to look for a server that answers. */
  timeoutMs?: number;
}): Deployment {
  const { connectionString, kind, timeoutMs = SERVER_SELECTION_TIMEOUT_MS } = options;
  const isGuarded = kind === "external" && options.isOwnCommand !== true;
  const policy = isGuarded ? (options.policy ?? EVERYWHERE) : null;
  let connecting: Promise<MongoClient> | null = null;
  return {
    kind,
    client: () => {
      connecting ??= connect(connectionString, { policy, timeoutMs }).catch((error: unknown) => {
        connecting = null;
        throw error;
      });
      return connecting;
    },
    close: async () => {
      const client = await connecting?.catch(() => null);
      connecting = null;
      await client?.close();
    },
  };
}

async function connect(
  uri: string,
  { policy, timeoutMs }: { policy: NetworkPolicy | null; timeoutMs: number },
): Promise<MongoClient> {
  if (policy) {
    checkConnectionString(uri, policy);
    await assertHostsAllowed(uri, policy);
  }
  const client = makeClient(uri, { policy, timeoutMs });
  try {
    return await client.connect();
  } catch (error) {
    await client.close();
    throw toDeploymentError(error, "connect");
  }
}

/** Throws CONNECTION_STRING_INVALID; the driver's own message may repeat the string. */
function makeClient(
  uri: string,
  { policy, timeoutMs }: { policy: NetworkPolicy | null; timeoutMs: number },
): MongoClient {
  try {
    return new MongoClient(uri, {
      appName: "holdfast",
      serverSelectionTimeoutMS: timeoutMs,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      maxPoolSize: POOL_SIZE_MAX,
      // A failed streaming heartbeat ends the commands in flight; long reads and writes rather notice for themselves.
      serverMonitoringMode: "poll",
      retryReads: true,
      retryWrites: false,
      ...(policy ? { lookup: guardedLookup(policy) } : {}),
    });
  } catch (cause) {
    throw new DomainError("CONNECTION_STRING_INVALID", { message: "not a MongoDB connection string", cause });
  }
}
