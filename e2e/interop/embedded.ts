import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot, startServer, type RunningServer } from "./programs";

/** An embedded cluster of its own, with an empty data folder. */
export interface EmbeddedCluster {
  port: number;
  /** As the server's root user. */
  uri: string;
  stop(): Promise<void>;
}

/** Starts server/wire as one child process; `stop` ends it and removes its data. */
export async function startEmbeddedCluster(version = "8.0.4"): Promise<EmbeddedCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), "holdfast-interop-"));
  const password = randomBytes(12).toString("hex");
  const config = {
    dataDir,
    host: "127.0.0.1",
    port: 0,
    version,
    fcv: version.split(".").slice(0, 2).join("."),
    replicaSetName: "interop",
    rootUser: { user: "root", password },
  };
  const removeData = () => rmSync(dataDir, { recursive: true, force: true });
  let server: RunningServer;
  try {
    server = await startServer(process.execPath, ["--import", "tsx", "server/wire/main.ts"], {
      cwd: repositoryRoot,
      firstLine: JSON.stringify(config),
    });
  } catch (error) {
    removeData();
    throw error;
  }
  return {
    port: server.port,
    uri: `mongodb://root:${password}@127.0.0.1:${server.port}/?directConnection=true&authSource=admin`,
    stop: async () => {
      await server.stop();
      removeData();
    },
  };
}
