import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot, stopChild } from "./programs";
import { tail } from "./report";

/** What the demo writes for scripts and tests. */
export interface Demo {
  url: string;
  api: { publicKey: string; privateKey: string; orgId: string };
  clusters: { groupId: string; name: string; tier: string; mongoDBVersion: string; connectionString: string }[];
}

export interface Portal {
  demo: Demo;
  stop(): Promise<void>;
}

/** The first start on a cold machine builds the pages. */
const START_TIMEOUT_MS = 240_000;

/** Starts the whole portal with demo data in a folder of its own; `stop` ends it and removes the folder. */
export async function startPortal(): Promise<Portal> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-portal-"));
  // As root, PostgreSQL runs as another user: it has to see the folder, or its data would lie outside of this folder.
  chmodSync(home, 0o755);
  const port = await freePort();
  const said: string[] = [];
  const child = spawn(process.execPath, ["server/supervisor/start.mjs"], {
    cwd: repositoryRoot,
    env: { ...process.env, HOLDFAST_HOME: home, HOST: "127.0.0.1", PORT: String(port), DATABASE_URL: "" },
  });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const stop = async () => {
    await stopChild(child);
    rmSync(home, { recursive: true, force: true });
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(`http://127.0.0.1:${port}/api/atlas/v2`)) || !existsSync(join(home, "demo.json"))) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded || performance.now() > deadline) {
      await stop();
      throw new Error(`the portal ${hasEnded ? "ended" : "did not answer in time"}\n${tail(said.join(""))}`);
    }
    await new Promise((done) => setTimeout(done, 250));
  }
  return { demo: JSON.parse(readFileSync(join(home, "demo.json"), "utf8")) as Demo, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status === 401;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? done(address.port) : fail(new Error("no port"))));
    });
  });
}
