import { spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { commandLine, isAlive, stopProcess, waitUntilGone } from "@/server/platform/processes";
import type { Account } from "./account";
import type { Place } from "./place";

const START_TIMEOUT_MS = 60_000;
/** A fast shutdown writes a checkpoint first; long enough for a slow disk. */
const STOP_TIMEOUT_MS = 60_000;

const environment: NodeJS.ProcessEnv = { NODE_ENV: "production", PATH: "/usr/bin:/bin", LC_MESSAGES: "C" };

export interface PostgresOptions {
  readonly place: Place;
  readonly account: Account | null;
  readonly port: number;
  readonly password: string;
  /** False only for tests: a crash may lose everything, and nothing waits for the disk. */
  readonly durable: boolean;
  readonly onOutput: (text: string) => void;
}

export interface RunningPostgres {
  readonly pid: number;
  readonly port: number;
  /** True when it already ran (its last supervisor was killed) and was taken over. */
  readonly adopted: boolean;
  url(database: string): string;
  isAlive(): boolean;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
}

function run(command: string, args: string[], account: Account | null): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: "/",
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      ...(account ?? {}),
    });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
}

/** Makes the data folder; does nothing when it exists. */
async function initialise({ place, account, password }: PostgresOptions): Promise<void> {
  if (existsSync(join(place.data, "PG_VERSION"))) return;
  rmSync(place.data, { recursive: true, force: true });
  mkdirSync(place.data, { recursive: true, mode: 0o700 });
  const passwordFile = join(dirname(place.data), `.postgres-password-${process.pid}`);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account) for (const path of [place.data, passwordFile]) chownSync(path, account.uid, account.gid);
  try {
    const args = [`--pgdata=${place.data}`, "--auth=scram-sha-256", "--username=postgres", `--pwfile=${passwordFile}`];
    args.push("--encoding=UTF8", "--locale=C", "--no-instructions", "--no-sync");
    const { code, text } = await run(join(place.programs, "bin/initdb"), args, account);
    if (code !== 0) {
      rmSync(place.data, { recursive: true, force: true });
      throw new Error(`PostgreSQL could not make its data folder ${place.data}:\n${text.trim()}`);
    }
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function urlOf(port: number, password: string, database: string): string {
  return `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

async function answers(port: number, password: string, dataFolder: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(port, password, "postgres"), connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>("select current_setting('data_directory') as folder");
    return rows[0]?.folder === dataFolder;
  } catch (error) {
    if ((error as { code?: string }).code === "28P01") {
      throw new Error(
        `PostgreSQL in ${dataFolder} does not accept the password that this installation recorded.\n` +
          "Was postgres.json replaced? Put the old one back; it belongs to that data.",
        { cause: error },
      );
    }
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function waitForAnswer(pid: number, port: number, options: PostgresOptions): Promise<boolean> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && isAlive(pid)) {
    if (await answers(port, options.password, options.place.data)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

function running(pid: number, port: number, adopted: boolean, options: PostgresOptions): RunningPostgres {
  return {
    pid,
    port,
    adopted,
    url: (database) => urlOf(port, options.password, database),
    isAlive: () => isAlive(pid),
    stop: () => stopProcess(pid, "SIGINT", STOP_TIMEOUT_MS),
  };
}

/**
 * A server that survived its supervisor is taken over. A `postmaster.pid` whose process is gone, or now is another
 * program (after a power cut or in a new container), is deleted: PostgreSQL would refuse to start because of it.
 */
async function adopt(options: PostgresOptions): Promise<RunningPostgres | null> {
  const file = join(options.place.data, "postmaster.pid");
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, "utf8").split("\n");
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (Number.isInteger(pid) && pid > 0 && isAlive(pid) && commandLine(pid).includes(options.place.data)) {
    if (port > 0 && (await waitForAnswer(pid, port, options))) return running(pid, port, true, options);
    if (!(await waitUntilGone(pid, 1_000))) {
      throw new Error(
        `PostgreSQL (process ${pid}) holds ${options.place.data} but does not answer.\n` +
          `Stop it (kill ${pid}) and start again.`,
      );
    }
  }
  rmSync(file, { force: true });
  return null;
}

/**
 * Starts PostgreSQL on the place's data, making it first when there is none, or takes over the one that still runs.
 * Resolves when it answers queries. It is in a process group of its own, so that Ctrl-C in the terminal does not
 * end it before those who still need it. Throws an Error with PostgreSQL's own words.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  await initialise(options);
  const adopted = await adopt(options);
  if (adopted) return adopted;
  // After a kill -9 of the server its back ends may hold the shared memory for a moment longer.
  for (let attempt = 1; ; attempt++) {
    const output: string[] = [];
    const flags = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100"];
    if (!options.durable) flags.push("fsync=off", "synchronous_commit=off", "full_page_writes=off");
    const child = spawn(
      join(options.place.programs, "bin/postgres"),
      ["-D", options.place.data, "-p", String(options.port), ...flags.flatMap((flag) => ["-c", flag])],
      {
        cwd: "/",
        env: environment,
        stdio: ["ignore", "ignore", "pipe"],
        detached: true,
        ...(options.account ?? {}),
      },
    );
    child.stderr.on("data", (chunk: Buffer) => {
      if (output.length < 100) output.push(chunk.toString());
      options.onOutput(chunk.toString());
    });
    const failure = await new Promise<string | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", () => resolve(output.join("")));
      child.once("spawn", () => {
        waitForAnswer(child.pid!, options.port, options).then((ok) => ok && resolve(null), reject);
      });
    });
    if (failure === null) {
      child.unref();
      return running(child.pid!, options.port, false, options);
    }
    if (!failure.includes("shared memory") || attempt === 20) {
      throw new Error(`PostgreSQL did not start:\n${failure.trim()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Makes the database unless it exists. */
export async function ensureDatabase(server: RunningPostgres, name: string, template?: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url("postgres") });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (rowCount !== 0) return;
    const from = template === undefined ? "" : ` template ${pg.escapeIdentifier(template)}`;
    await client.query(`create database ${pg.escapeIdentifier(name)}${from}`);
  } finally {
    await client.end();
  }
}
