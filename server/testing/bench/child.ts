import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { childEnvironment } from "@/server/platform/env";

export interface Finished {
  seconds: number;
  peakRssBytes: number;
  output: string;
}

const LOOK_EVERY_MS = 50;

/** The highest resident size that the kernel has seen of a process so far; 0 where it does not tell. */
function peakRss(pid: number): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return line ? Number(line[1]) * 1024 : 0;
  } catch {
    return 0;
  }
}

/** Runs a program to its end. Rejects with the end of its output when it fails. */
export function runToEnd(command: string, args: string[], input = ""): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: childEnvironment({}) });
    let output = "";
    let errors = "";
    let peakRssBytes = 0;
    const timer = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, peakRss(child.pid ?? 0));
    }, LOOK_EVERY_MS);
    child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString("utf8")));
    child.stderr.on("data", (bytes: Buffer) => (errors = (errors + bytes.toString("utf8")).slice(-4_000)));
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(timer);
      const seconds = (performance.now() - startedAt) / 1000;
      if (code === 0) resolve({ seconds, peakRssBytes, output });
      else reject(new Error(`${command} ended with ${code}: ${errors}`));
    });
    // A program that reads nothing may be gone before this is written.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** Whether the program is on PATH and starts. */
export async function isOnPath(command: string): Promise<boolean> {
  return runToEnd(command, ["--version"]).then(
    () => true,
    () => false,
  );
}
