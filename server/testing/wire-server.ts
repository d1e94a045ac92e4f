import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { startServer } from "@/server/wire/server";

export interface TestServer {
  client: MongoClient;
  uri: string;
  close(): Promise<void>;
}

/** A server of our own in this process, with a root user and an empty folder that goes with it. */
export async function startTestServer(over: { version?: string; fcv?: string } = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-server-"));
  const rootUser = { user: "root", password: randomBytes(12).toString("hex") };
  const server = await startServer({ dataDir, port: 0, rootUser, ...over });
  const client = await new MongoClient(server.uri, { retryWrites: false, serverMonitoringMode: "poll" }).connect();
  return {
    client,
    uri: server.uri,
    close: async () => {
      await client.close();
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
