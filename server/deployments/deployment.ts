import { MongoClient } from "mongodb";
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
  /** How long to look for a server that answers. */
  timeoutMs?: number;
}): Deployment {
  const { connectionString, kind, policy = EVERYWHERE, timeoutMs = SERVER_SELECTION_TIMEOUT_MS } = options;
  let connecting: Promise<MongoClient> | null = null;
  return {
    kind,
    client: () => {
      connecting ??= connect(connectionString, { kind, policy, timeoutMs }).catch((error: unknown) => {
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
  { kind, policy, timeoutMs }: { kind: Deployment["kind"]; policy: NetworkPolicy; timeoutMs: number },
): Promise<MongoClient> {
  if (kind === "external") {
    checkConnectionString(uri, policy);
    await assertHostsAllowed(uri, policy);
  }
  const client = new MongoClient(uri, {
    appName: "holdfast",
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    maxPoolSize: POOL_SIZE_MAX,
    // A failed streaming heartbeat ends the commands in flight; long reads and writes rather notice for themselves.
    serverMonitoringMode: "poll",
    retryReads: true,
    retryWrites: false,
    ...(kind === "external" ? { lookup: guardedLookup(policy) } : {}),
  });
  try {
    return await client.connect();
  } catch (error) {
    await client.close();
    throw toDeploymentError(error, "connect");
  }
}
