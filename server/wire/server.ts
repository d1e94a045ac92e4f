import { createServer, type Server } from "node:net";
import { systemClock, type Clock } from "@/server/platform/clock";
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

function createRootUser(instance: ServerInstance, config: ServerConfig): void {
  const { rootUser } = config;
  if (!rootUser || instance.accounts.findUser(rootUser.user, "admin")) return;
  instance.accounts.createUser({ ...rootUser, db: "admin", roles: [{ role: "root", db: "admin" }] });
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
  createRootUser(instance, config);
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
