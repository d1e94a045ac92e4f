import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "@playwright/test";

/** Portals without the demo, beside the one that all journeys share: each with a home and a port of its own. */
const homes: string[] = [];
const running = new Set<ChildProcess>();

export interface Started {
  child: ChildProcess;
  /** Everything the terminal showed so far. */
  output(): string;
}

export function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), "holdfast-start-"));
  // Readable for user postgres, who runs the database where the journeys run as root.
  chmodSync(home, 0o755);
  homes.push(home);
  return home;
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** The exit code, once the process has ended. */
export function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

export function launch(home: string, port: number): Started {
  const child = spawn(process.execPath, ["server/supervisor/start.mjs", "--empty"], {
    env: { ...process.env, HOLDFAST_HOME: home, HOST: "127.0.0.1", PORT: String(port), DATABASE_URL: "" },
  });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
  return { child, output: () => output };
}

export async function launchReady(home: string, port: number): Promise<Started> {
  const started = launch(home, port);
  await expect.poll(started.output, { timeout: 120_000 }).toContain("Stop with Ctrl-C");
  return started;
}

/** Stops what `launch` started and still runs. */
export async function stopAll(): Promise<void> {
  for (const child of running) {
    child.kill("SIGTERM");
    await ended(child);
  }
  running.clear();
}

export function removeHomes(): void {
  for (const home of homes.splice(0)) {
    const place = join(home, "postgres-place");
    if (existsSync(place)) rmSync(dirname(readFileSync(place, "utf8").trim()), { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
}
