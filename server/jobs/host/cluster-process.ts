import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { childEnvironment, env } from "@/server/platform/env";
import { isSameProcess, markProcess, stopProcess, waitUntilGone, type ProcessMark } from "@/server/platform/processes";

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 20_000;
/** An orphan ends by itself when its standard input closes; this long it may take. */
const ORPHAN_ENDS_WITHIN_MS = 5_000;
const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** What server/wire/main.ts reads as one JSON line from its standard input. Never an argument: it holds a password. */
export interface WireConfig {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly fcv: string;
  readonly fcvPinned: boolean;
  readonly replicaSetName: string;
  readonly rootUser: { readonly user: string; readonly password: string };
  readonly storageLimitBytes?: number;
  readonly testCommands?: boolean;
}

/** From a bundle the server is the bundle beside it; from source it is run by tsx. */
function serverArguments(): string[] {
  const here = new URL(import.meta.url);
  if (here.pathname.endsWith(".mjs")) return [join(dirname(here.pathname), "wire.mjs")];
  return ["--import", "tsx", join(env.root, "server/wire/main.ts")];
}

/**
 * A server that an earlier host left behind must be gone before another opens its files. It ends by itself; if it
 * does not, it is made to. The mark tells it from a stranger with the same number.
 */
async function endOrphan(markFile: string): Promise<void> {
  if (!existsSync(markFile)) return;
  let mark: ProcessMark;
  try {
    mark = JSON.parse(readFileSync(markFile, "utf8")) as ProcessMark;
  } catch {
    return;
  }
  if (isSameProcess(mark) && !(await waitUntilGone(mark.pid, ORPHAN_ENDS_WITHIN_MS))) {
    await stopProcess(mark.pid, "SIGTERM", STOP_WITHIN_MS);
  }
}

/** The lines of a failed start that say why: from the error on, else the last ones. Null when it said nothing. */
function reasonIn(output: string): string | null {
  const lines = output.trim().split("\n");
  const error = lines.findIndex((line) => /error/i.test(line));
  return lines.slice(error === -1 ? -5 : error, error === -1 ? undefined : error + 3).join("\n") || null;
}

/** One embedded cluster's server as a child process, from start to end. Make a new one to start it again. */
export class ClusterProcess {
  readonly #child: ChildProcess;
  readonly #markFile: string;
  /** Resolves with the reason when the process has ended. */
  readonly ended: Promise<string>;

  private constructor(child: ChildProcess, markFile: string) {
    this.#child = child;
    this.#markFile = markFile;
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("close", (code, signal) => {
        rmSync(markFile, { force: true });
        resolve(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
      });
    });
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /**
   * Starts the server and resolves when it accepts connections. Throws an Error with the end of its output when it
   * does not. The log is `<folder>/../<id>.log`.
   */
  static async start(config: WireConfig): Promise<ClusterProcess> {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    const markFile = join(config.dataDir, "process.json");
    await endOrphan(markFile);
    const logFile = `${config.dataDir}.log`;
    const grown = (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES;
    const log = createWriteStream(logFile, { flags: grown ? "w" : "a", mode: 0o600 });
    const child = spawn(process.execPath, ["--enable-source-maps", ...serverArguments()], {
      cwd: env.root,
      env: childEnvironment({ DATABASE_URL: undefined, HOLDFAST_KEY: undefined }),
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    const process_ = new ClusterProcess(child, markFile);
    const mark = child.pid === undefined ? null : markProcess(child.pid);
    if (mark) writeFileSync(markFile, JSON.stringify(mark));
    child.stdin!.on("error", () => undefined);
    child.stdin!.write(`${JSON.stringify(config)}\n`);
    let tail = "";
    const ready = new Promise<boolean>((resolve) => {
      const read = (chunk: Buffer) => {
        log.write(chunk);
        tail = (tail + chunk.toString()).slice(-2_000);
        if (/^ready \d+$/m.test(tail)) resolve(true);
      };
      child.stdout!.on("data", read);
      child.stderr!.on("data", read);
      child.once("close", () => {
        log.end();
        resolve(false);
      });
      child.once("error", () => resolve(false));
      setTimeout(() => resolve(false), READY_WITHIN_MS).unref();
    });
    if (await ready) return process_;
    await process_.stop();
    throw new Error(reasonIn(tail) ?? (await process_.ended));
  }

  /** Asks it to end (its data is then on disk), waits, kills it when it does not. Safe to call twice. */
  async stop(): Promise<void> {
    const pid = this.#child.pid;
    this.#child.stdin?.end();
    if (pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      await stopProcess(pid, "SIGTERM", STOP_WITHIN_MS);
    }
    rmSync(this.#markFile, { force: true });
  }
}
