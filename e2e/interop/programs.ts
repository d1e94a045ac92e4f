import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { tail } from "./report";

export const repositoryRoot = resolve(fileURLToPath(new URL("../..", import.meta.url)));
export const interopSource = join(repositoryRoot, "e2e/interop");
/** Where other people's programs are installed; kept between runs. */
export const installFolder = join(repositoryRoot, ".holdfast/interop");

export interface Output {
  stdout: string;
  stderr: string;
  status: number | null;
}

interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  timeoutMs?: number;
  input?: string;
}

/** Runs a program to its end; resolves whatever its status is, rejects when it cannot be started or takes too long. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Output> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout.on("data", (chunk: Buffer) => chunks.stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.stderr.push(chunk));
    const timeoutMs = options.timeoutMs ?? 180_000;
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail(new Error(`${command} took longer than ${timeoutMs / 1000} s`));
    }, timeoutMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      fail(error);
    });
    child.on("close", (status) => {
      clearTimeout(timer);
      const text = (parts: Buffer[]) => Buffer.concat(parts).toString("utf8");
      done({ stdout: text(chunks.stdout), stderr: text(chunks.stderr), status });
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** As `run`, but a status other than 0 is an error that shows the end of what was printed. */
export async function runOrThrow(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const output = await run(command, args, options);
  if (output.status === 0) return output.stdout;
  throw new Error(`${command} ended with status ${output.status}\n${tail(output.stderr + output.stdout)}`);
}

/** A server of somebody's that runs until `stop`. */
export interface RunningServer {
  port: number;
  stop(): Promise<void>;
}

/** Starts a server that prints "ready PORT" on a line of its own; its standard input stays open until it is stopped. */
export async function startServer(
  command: string,
  args: string[],
  options: { firstLine?: string; cwd?: string; env?: Record<string, string>; timeoutMs?: number } = {},
): Promise<RunningServer> {
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  if (options.firstLine !== undefined) child.stdin.write(`${options.firstLine}\n`);
  const stop = () => stopChild(child);
  try {
    const port = await readyPort(child, options.timeoutMs ?? 30_000);
    return { port, stop };
  } catch (cause) {
    await stop();
    const said = tail(Buffer.concat(errors).toString("utf8"));
    throw new Error(`${command} did not become ready: ${cause instanceof Error ? cause.message : ""}\n${said}`);
  }
}

function readyPort(child: ChildProcessWithoutNullStreams, timeoutMs: number): Promise<number> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`silent for ${timeoutMs / 1000} s`)), timeoutMs);
    const finish = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    child.on("error", (error) => finish(() => fail(error)));
    child.on("exit", (status) => finish(() => fail(new Error(`it ended with status ${status}`))));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /^ready (\d+)$/.exec(line.trim());
      if (match) finish(() => done(Number(match[1])));
    });
  });
}

/** Asks the process to end, and makes it end when it takes longer than 10 seconds. */
export function stopChild(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((done) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    child.on("exit", () => {
      clearTimeout(timer);
      done();
    });
    child.stdin.end();
    child.kill("SIGTERM");
  });
}

/** The program's path, or null when PATH has none of that name. */
export function findOnPath(name: string): string | null {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return null;
}

export function makeFolder(...parts: string[]): string {
  const folder = join(...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}
