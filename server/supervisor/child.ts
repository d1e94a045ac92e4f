import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { childEnvironment, env } from "@/server/platform/env";
import type { RunRecord } from "./run-record";
import { stopProcess } from "@/server/platform/processes";
import { LogFile, say, urgentWords } from "./terminal";

const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 10_000;
/** A child that lived this long is healthy: its next death begins the waiting anew. */
const HEALTHY_AFTER_MS = 30_000;
const KEPT_LINES = 40;

export interface ChildSpec {
  readonly name: string;
  /** Arguments for node. */
  readonly args: string[];
  readonly environment?: Record<string, string | undefined>;
  readonly home: string;
  /** Ready when a line of its output matches, or when this resolves true. */
  readonly ready: RegExp | (() => Promise<boolean>);
  readonly stopWithinMs: number;
  /** Show everything it prints (development). */
  readonly verbose?: boolean;
  readonly record: RunRecord;
}

/**
 * One process of ours: started, watched, started again when it dies, stopped on demand. Its output goes to
 * <home>/logs/<name>.log; errors also to the terminal. It runs in a process group of its own, so that Ctrl-C reaches
 * only the supervisor, which stops everything in order.
 */
export class Child {
  readonly #spec: ChildSpec;
  readonly #log: LogFile;
  #process: ChildProcess | null = null;
  #stopping = false;
  #startedAt = 0;
  #restartMs = FIRST_RESTART_MS;
  #restartTimer: NodeJS.Timeout | null = null;
  #lastLines: string[] = [];
  #sawReady = false;

  constructor(spec: ChildSpec) {
    this.#spec = spec;
    this.#log = new LogFile(spec.home, spec.name);
  }

  start(): void {
    const { args, environment, home, name, record } = this.#spec;
    const followParent = join(env.root, "server/supervisor/follow-parent.mjs");
    const child = spawn(process.execPath, ["--enable-source-maps", "--import", followParent, ...args], {
      cwd: env.root,
      env: childEnvironment({ HOLDFAST_HOME: home, HOLDFAST_ROOT: env.root, ...environment }),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    this.#process = child;
    this.#startedAt = performance.now();
    if (child.pid !== undefined) record.add(name, child.pid);
    for (const stream of [child.stdout, child.stderr]) this.#read(stream!);
    child.once("error", (error) => say(`${name} cannot be started: ${error.message}`));
    child.once("exit", (code, signal) => this.#ended(child, signal ?? `code ${code}`));
  }

  #read(stream: NodeJS.ReadableStream): void {
    let rest = "";
    stream.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#line(line);
    });
    stream.on("end", () => {
      if (rest !== "") this.#line(rest);
    });
  }

  #line(line: string): void {
    const { name, ready, verbose } = this.#spec;
    this.#log.write(`${line}\n`);
    this.#lastLines = [...this.#lastLines.slice(1 - KEPT_LINES), line];
    if (ready instanceof RegExp && ready.test(line)) this.#sawReady = true;
    const words = verbose === true ? line : urgentWords(line);
    if (words !== null && words !== "") say(`${name.padEnd(8)} ${words}`);
  }

  #ended(child: ChildProcess, how: string): void {
    if (child.pid !== undefined) this.#spec.record.remove(this.#spec.name, child.pid);
    if (this.#process === child) this.#process = null;
    if (this.#stopping) return;
    if (performance.now() - this.#startedAt > HEALTHY_AFTER_MS) this.#restartMs = FIRST_RESTART_MS;
    say(`${this.#spec.name} ended (${how}) and is started again.`);
    this.#restartTimer = setTimeout(() => this.start(), this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, LONGEST_RESTART_MS);
  }

  /** Resolves when the child says that it is ready. Throws an Error with the end of its output when it does not. */
  async untilReady(timeoutMs: number): Promise<void> {
    const { name, ready } = this.#spec;
    const deadline = performance.now() + timeoutMs;
    while (!this.#stopping) {
      if (ready instanceof RegExp ? this.#sawReady : this.#process !== null && (await ready())) return;
      if (performance.now() > deadline) {
        throw new Error(`${name} did not get ready.\n${this.#lastLines.join("\n")}\nAll of it: ${this.#log.path}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${name} was stopped`);
  }

  get logPath(): string {
    return this.#log.path;
  }

  /** Asks the process to end and waits; kills it when it does not end in its time. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restartTimer) clearTimeout(this.#restartTimer);
    const pid = this.#process?.pid;
    if (pid !== undefined) await stopProcess(pid, "SIGTERM", this.#spec.stopWithinMs);
    this.#log.close();
  }
}
