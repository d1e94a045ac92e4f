import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { afterEach } from "vitest";
import type { ServerConfigInput } from "../runtime/config";
import { startServer, type RunningServer } from "../server";

export const ROOT = { user: "root", password: "secret" };

export interface TestCluster {
  server: RunningServer;
  client: MongoClient;
  dataDir: string;
  /** A client of another user. */
  connect(user: string, password: string, db?: string): MongoClient;
  /** Stops the server and starts another on the same data and port; clients connect again. */
  restart(): Promise<void>;
}

const open: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A fresh cluster with a root user; gone after the test, with every client that was made of it. */
export async function startCluster(config: Partial<ServerConfigInput> = {}): Promise<TestCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-wire-"));
  const clients: MongoClient[] = [];
  const start = (port = 0): Promise<RunningServer> => startServer({ dataDir, rootUser: ROOT, port, ...config });
  const server = await start();
  const client = new MongoClient(server.uri);
  clients.push(client);
  const cluster: TestCluster = {
    server,
    client,
    dataDir,
    connect: (user, password, db = "admin") => {
      const uri = `mongodb://${user}:${password}@127.0.0.1:${cluster.server.port}/?directConnection=true&authSource=${db}`;
      const other = new MongoClient(uri);
      clients.push(other);
      return other;
    },
    restart: async () => {
      await cluster.server.close();
      cluster.server = await start(cluster.server.port);
    },
  };
  open.push(async () => {
    for (const each of clients) await each.close();
    await cluster.server.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return cluster;
}

/** The code of the error that a promise ends in; null when it does not fail. */
export async function codeOf(promise: Promise<unknown>): Promise<number | string | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    return (error as { code?: number }).code ?? String(error);
  }
}
