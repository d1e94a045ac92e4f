import { createServer, type Server } from "node:net";
import { systemClock, type Clock } from "@/server/platform/clock";
import { makeCredentials } from "./auth/accounts";
import { Connection } from "./runtime/connection";
import { ServerConfig, type ServerConfigInput } from "./runtime/config";
import { ServerInstance } from "./runtime/instance";
import { TtlMonitor } from "./runtime/ttl-monitor";
import { ClusterStore } from "./storage/cluster-store";

export interface RunningServer {
  port: number;
  /** A connection string for the root user, or for anybody where there is none. */
  uri: string;
  /** Ends all connections, waits for the disk, closes the file. May be called twice. */
  close(): Promise<void>;
  readonly instance: ServerInstance;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

/**
 * Whoever starts the process owns the files: the root user is made, or gets the password of the configuration where it
 * had another one, as after the portal's database, and with it the old password, was lost.
 */
function seeToRootUser({ accounts }: ServerInstance, { rootUser }: ServerConfig): void {
  if (!rootUser) return;
  const { user, password } = rootUser;
  const document = accounts.findUser(user, "admin");
  if (!document) accounts.createUser({ ...rootUser, db: "admin", roles: [{ role: "root", db: "admin" }] });
  else if (!accounts.isPassword(user, "admin", password)) {
    accounts.putUser({ ...document, credentials: makeCredentials(user, password) });
  }
}

function connectionString(config: ServerConfig, port: number): string {
  const { rootUser } = config;
  const login = rootUser ? `${encodeURIComponent(rootUser.user)}:${encodeURIComponent(rootUser.password)}@` : "";
  return `mongodb://${login}${config.host}:${port}/?directConnection=true${rootUser ? "&authSource=admin" : ""}`;
}

/** Starts a MongoDB-compatible server in this process. Resolves when it accepts connections. */
export async function startServer(input: ServerConfigInput, clock: Clock = systemClock): Promise<RunningServer> {
  const config = ServerConfig.parse(input);
  const { dataDir: dir, oplogBytesMax, indexBuildStepMs } = config;
  const store = ClusterStore.open({ dir, clock, oplogBytesMax, indexBuildStepMs });
  const instance = new ServerInstance(config, store, clock);
  seeToRootUser(instance, config);
  await store.flushed();
  const server = createServer((socket) => {
    instance.connectionsCreated += 1;
    instance.connections.add(new Connection(instance, socket));
  });
  try {
    instance.port = await listen(server, config.host, config.port);
  } catch (error) {
    await instance.close();
    throw error;
  }
  const ttl = new TtlMonitor(instance);
  ttl.start();
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    instance.stopping = true;
    for (const connection of instance.connections) connection.close();
    await ended;
    await ttl.stop();
    await instance.close();
  };
  return {
    port: instance.port,
    uri: connectionString(config, instance.port),
    close: () => (closing ??= close()),
    instance,
  };
}
