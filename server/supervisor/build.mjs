import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { hashSources } from "./sources.mjs";

/**
 * What a start needs, made only when its sources changed: the Prisma client, one bundle of our own code for each
 * process (.build/; packages stay in node_modules), and the pages (.next/). Plain JavaScript without dependencies, because it runs before anything is built.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const buildFolder = join(root, ".build");
const stampFile = join(buildFolder, "stamp.json");

/** Bundle name -> entry. The pool's worker file lies beside the bundles, where the engine looks for it. */
const entries = {
  supervise: "server/supervisor/supervise.ts",
  worker: "server/jobs/worker.ts",
  host: "server/jobs/host.ts",
  wire: "server/wire/main.ts",
};

const poolWorker = { "node-codec-worker": "server/engine/repository/node-codec-worker.ts" };

const pageSources = ["app", "components", "server", "public", "next.config.ts", "postcss.config.mjs", "tsconfig.json"];
const rootFiles = ["instrumentation.ts", "proxy.ts", "package-lock.json", "prisma/schema"];

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, "utf8"));
  } catch {
    return {};
  }
}

async function generate() {
  const { generatePrismaClient } = await import("./generate.mjs");
  generatePrismaClient({ quiet: true });
}

const bundleOptions = {
  absWorkingDir: root,
  outdir: buildFolder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: "linked",
  logLevel: "silent",
  packages: "external",
  alias: { "server-only": join(root, "server/testing/empty.ts") },
};

/** The `holdfast` command, in pieces, so that each subcommand loads only what it needs: most need no database client. */
export async function bundleCommand(outdir) {
  const { build } = await import("esbuild");
  for (const name of existsSync(outdir) ? readdirSync(outdir) : []) {
    if (name.startsWith("cli-")) rmSync(join(outdir, name));
  }
  const entryPoints = { cli: "server/cli/main.ts" };
  await build({ ...bundleOptions, outdir, entryPoints, splitting: true, chunkNames: "cli-[hash]" });
  await build({ ...bundleOptions, outdir, entryPoints: poolWorker });
}

/** The bench and the processes that it measures, as a portal's are built: a source's translator would be measured, too. */
export async function bundleBench(outdir) {
  const { build } = await import("esbuild");
  const entryPoints = { run: "server/testing/bench/run.ts", task: "server/testing/bench/task.ts", wire: entries.wire };
  await build({ ...bundleOptions, outdir, entryPoints });
  await build({ ...bundleOptions, outdir, entryPoints: poolWorker });
}

async function bundle() {
  const { build } = await import("esbuild");
  await build({ ...bundleOptions, entryPoints: entries });
  await bundleCommand(buildFolder);
}

/** Runs a program of node_modules with its output in a file; rejects with the end of that output. */
function run(script, args, logFile) {
  const log = openSync(logFile, "w");
  const child = spawn(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: ["ignore", log, log],
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
  });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code, signal) => {
      closeSync(log);
      if (code === 0) return done();
      const tail = readFileSync(logFile, "utf8").split("\n").slice(-60).join("\n");
      fail(new Error(`${script} ${args.join(" ")} failed (${signal ?? code}).\n${tail}\nAll of it: ${logFile}`));
    });
  });
}

/** Only one build at a time below this folder; a lock whose process is gone is taken over. */
async function withBuildLock(work) {
  const lock = join(buildFolder, "lock");
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (!holderLives(lock)) rmSync(lock, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function holderLives(lock) {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // Written a moment after it was made: an empty lock is young, not abandoned.
    if (!pid) return Date.now() - statSync(lock).mtimeMs < 5_000;
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return error.code === "EPERM";
  }
}

const steps = [
  {
    name: "client",
    words: "Generating the database client",
    sources: ["prisma/schema", "package-lock.json"],
    made: "server/platform/generated/prisma/client.ts",
    make: generate,
  },
  {
    name: "bundles",
    words: "Bundling the processes",
    sources: ["server", "prisma/schema", "package-lock.json", "tsconfig.json"],
    made: ".build/supervise.mjs",
    make: bundle,
  },
  {
    name: "pages",
    words: "Building the pages",
    sources: [...pageSources, ...rootFiles],
    made: ".next/BUILD_ID",
    make: () => run("node_modules/next/dist/bin/next", ["build"], join(buildFolder, "next-build.log")),
  },
];

/** The hash of a step's sources when it must be made, else null. */
function staleHash(step, stamp) {
  const hash = hashSources(root, step.sources);
  return stamp[step.name] === hash && existsSync(join(root, step.made)) ? null : hash;
}

/** True when the bundles were made from the sources that lie here now. */
export function areBundlesFresh() {
  return (
    staleHash(
      steps.find(({ name }) => name === "bundles"),
      readStamp(),
    ) === null
  );
}

/**
 * Brings everything up to date; `report` gets a line for each part that is made. With `pages: false` the pages are
 * left alone (development compiles them itself). When all is up to date nothing is written, so an installation can be
 * started by a user who may only read the program's folder.
 */
export async function buildAll({ pages = true, force = false, report = () => undefined } = {}) {
  const wanted = steps.filter(({ name }) => pages || name === "client");
  const known = force ? {} : readStamp();
  if (wanted.every((step) => staleHash(step, known) === null)) return;
  mkdirSync(buildFolder, { recursive: true });
  await withBuildLock(async () => {
    const stamp = force ? {} : readStamp();
    for (const step of wanted) {
      const hash = staleHash(step, stamp);
      if (hash === null) continue;
      const began = performance.now();
      report(`${step.words} …`);
      await step.make();
      writeFileSync(stampFile, JSON.stringify(Object.assign(stamp, { [step.name]: hash })));
      report(`${step.words}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    }
  });
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildAll({ force: process.argv.includes("--force"), report: (line) => process.stdout.write(`${line}\n`) });
}
