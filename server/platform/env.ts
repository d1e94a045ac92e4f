import { existsSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { z } from "zod";

/** An empty variable counts as absent: `PORT= npm start` must not mean port 0. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

const Environment = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).catch("development"),
  PORT: optional(z.coerce.number().int().min(1).max(65_535)),
  HOST: optional(z.string()),
  DATABASE_URL: optional(z.url({ protocol: /^postgres(ql)?$/ })),
  HOLDFAST_ROOT: optional(z.string()),
  HOLDFAST_HOME: optional(z.string()),
  HOLDFAST_KEY: optional(z.string().min(16)),
  HOLDFAST_URL: optional(z.url({ protocol: /^https?$/ })),
  HOLDFAST_NETWORKS: optional(z.string()),
  HOLDFAST_STORAGE_FOLDERS: optional(z.string()),
  HOLDFAST_TRUST_PROXY: optional(z.enum(["0", "1"])),
  HOLDFAST_GARBAGE_GRACE_HOURS: optional(z.coerce.number().min(0).max(8760)),
  HOLDFAST_TEST_DATA: optional(z.string()),
  HOLDFAST_TEST_SWITCHES: optional(z.enum(["0", "1"])),
  HOLDFAST_CRASH_AT: optional(z.string()),
  LOG_LEVEL: optional(z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])),
});

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

export interface Env {
  readonly mode: "development" | "production" | "test";
  readonly port: number;
  readonly host: string;
  /** Set by the operator. Use `databaseUrl()`, which also knows the embedded PostgreSQL. */
  readonly externalDatabaseUrl: string | null;
  /** The program's own folder: package.json, prisma/, .next/, .build/. */
  readonly root: string;
  /** Where this installation keeps its data and keys; absolute. */
  readonly home: string;
  readonly key: string | null;
  /** The address people open, without a slash at the end. */
  readonly publicUrl: string;
  /** Networks that deployments may be reached in (CIDR), null for no limit. */
  readonly networks: readonly string[] | null;
  /** Folders below which owners of organizations may put storage targets; absolute. None: nowhere. */
  readonly storageFolders: readonly string[];
  /** Requests arrive through a proxy of the operator's, whose word on who sent them is taken. */
  readonly trustProxy: boolean;
  /** How long what no snapshot needs any more stays in the storage at least. */
  readonly garbageGraceHours: number;
  readonly testData: string | null;
  /** Switches that only tests use: `configureFailPoint` on embedded clusters, crash points in the worker. */
  readonly testSwitches: boolean;
  /** Where a worker ends itself as a kill would ("restore:renamed-in#2"); counts only with test switches. */
  readonly crashAt: string | null;
  readonly logLevel: LogLevel;
}

/** An address as a browser writes it: no brackets missing, and a name for the addresses that mean "all". */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** Folders as PATH lists them. */
function folderList(value: string | undefined, cwd: string): string[] {
  const folders = (value ?? "").split(delimiter).map((folder) => folder.trim());
  return folders.filter(Boolean).map((folder) => resolve(/* turbopackIgnore: true */ cwd, folder));
}

/**
 * Reads the environment. Throws one Error that names every variable that cannot be used, never its value: some are
 * secrets.
 */
export function parseEnv(variables: Record<string, string | undefined>, cwd: string = process.cwd()): Env {
  const parsed = Environment.safeParse(variables);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`The environment cannot be used.\n  ${problems.join("\n  ")}`);
  }
  const values = parsed.data;
  // The comments keep the page build from taking these for folders to pack.
  const root = resolve(/* turbopackIgnore: true */ values.HOLDFAST_ROOT ?? cwd);
  const port = values.PORT ?? 7717;
  const host = values.HOST ?? "127.0.0.1";
  return {
    mode: values.NODE_ENV,
    port,
    host,
    externalDatabaseUrl: values.DATABASE_URL ?? null,
    root,
    home: resolve(/* turbopackIgnore: true */ cwd, values.HOLDFAST_HOME ?? join(root, ".holdfast")),
    key: values.HOLDFAST_KEY ?? null,
    publicUrl: (values.HOLDFAST_URL ?? `http://${urlHost(host)}:${port}`).replace(/\/$/, ""),
    networks: values.HOLDFAST_NETWORKS?.split(/[\s,]+/).filter(Boolean) ?? null,
    storageFolders: folderList(values.HOLDFAST_STORAGE_FOLDERS, cwd),
    trustProxy: values.HOLDFAST_TRUST_PROXY === "1",
    garbageGraceHours: values.HOLDFAST_GARBAGE_GRACE_HOURS ?? 24,
    testData: values.HOLDFAST_TEST_DATA ?? null,
    testSwitches: values.HOLDFAST_TEST_SWITCHES === "1",
    crashAt: values.HOLDFAST_CRASH_AT ?? null,
    logLevel: values.LOG_LEVEL ?? (values.NODE_ENV === "test" ? "warn" : "info"),
  };
}

export const env: Env = parseEnv(process.env);

/** Where the supervisor writes how to reach the embedded PostgreSQL (mode 0600). */
export function postgresFile(home: string = env.home): string {
  return join(home, "postgres.json");
}

let chosenDatabaseUrl: string | null = null;

/** Makes `databaseUrl()` answer with this address from now on: for a test's own database, and the supervisor's. */
export function chooseDatabase(url: string): void {
  chosenDatabaseUrl = url;
}

/**
 * The address of the database: DATABASE_URL, else the embedded PostgreSQL of this installation.
 * Throws an Error that says what to do when there is neither.
 */
export function databaseUrl(from: Env = env): string {
  if (chosenDatabaseUrl !== null) return chosenDatabaseUrl;
  if (from.externalDatabaseUrl) return from.externalDatabaseUrl;
  const file = postgresFile(from.home);
  if (!existsSync(file)) {
    throw new Error(`There is no database yet: run "npm start" once, or set DATABASE_URL. (${file} does not exist.)`);
  }
  const { url } = z.object({ url: z.string() }).parse(JSON.parse(readFileSync(file, "utf8")));
  return url;
}

/**
 * The environment for a child process: ours, with changes. Only here so that nothing else reads `process.env`.
 */
export function childEnvironment(changes: Record<string, string | undefined>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}

/** Keeps a notice of the AWS SDK, about the Node versions of its coming releases, out of the output of our programs. */
export function silenceAwsVersionNotice(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
}
