import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * `npm start`. Plain JavaScript that needs nothing installed: checks Node, installs when node_modules is missing or
 * older than the lock file, builds what changed, then hands over to the supervisor in this same process.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const options = process.argv.slice(2);
const dev = options.includes("--dev");

const usage = `npm start [-- --empty]     start Holdfast (with --empty: without the demo, to set it up yourself)
npm run dev                the same with hot reload

Environment: PORT (7717), HOST (127.0.0.1), DATABASE_URL, HOLDFAST_HOME (.holdfast), HOLDFAST_KEY, HOLDFAST_URL
`;

function say(line) {
  process.stdout.write(`${line}\n`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(
    `Holdfast needs Node 20.19 or newer; this is ${process.versions.node}.\nInstall a newer one from https://nodejs.org.`,
  );
}

/** Runs npm ci when there is no node_modules, or when the lock file is not the one it was installed from. */
export function installIfNeeded() {
  const stamp = join(root, "node_modules/.holdfast-installed");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : null;
  if (installed === wanted) return;
  if (installed === null && isInstalledByHand()) return writeFileSync(stamp, wanted);
  say("Installing packages (npm ci) …");
  const began = performance.now();
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const result = spawnSync(npm, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (result.status !== 0) {
    throw new Error("npm ci failed. Is the registry reachable, and does this user own the folder?");
  }
  writeFileSync(stamp, wanted);
  say(`Installing packages: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** npm writes this file last; it names every installed package as the lock file does. */
function isInstalledByHand() {
  const hidden = join(root, "node_modules/.package-lock.json");
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || installed[path]?.version === entry.version,
  );
}

async function start() {
  if (options.includes("--help")) return process.stdout.write(usage);
  const unknown = options.filter((option) => !["--dev", "--empty"].includes(option));
  if (unknown.length > 0) throw new Error(`Unknown option ${unknown.join(" ")}.\n\n${usage}`);
  checkNode();
  const { takeInstanceLock } = await import("./instance-lock.mjs");
  const home = resolve(process.env.HOLDFAST_HOME || join(root, ".holdfast"));
  const release = takeInstanceLock(home, `http://${process.env.HOST || "127.0.0.1"}:${process.env.PORT || 7717}`);
  process.once("exit", release);
  process.chdir(root);
  process.env.HOLDFAST_ROOT = root;
  process.env.HOLDFAST_HOME = home;
  if (!dev) process.env.NODE_ENV = "production";
  installIfNeeded();
  const { buildAll } = await import("./build.mjs");
  await buildAll({ pages: !dev, report: say });
  const { supervise } = dev ? await loadFromSource() : await import(join(root, ".build/supervise.mjs"));
  const followParent = Boolean(process.env.npm_lifecycle_event);
  await supervise({ dev, empty: options.includes("--empty"), followParent });
}

/** An error's words; for a missing permission also what to do. */
function explain(error) {
  if (!["EACCES", "EPERM", "EROFS"].includes(error?.code) || !error.path) return error?.message ?? String(error);
  return `${error.path} cannot be used (${error.code}).\nGive this user (${process.env.USER ?? process.getuid?.()}) the right to read and write ${root} and ${process.env.HOLDFAST_HOME ?? ".holdfast"}, or start as the user who owns them.`;
}

async function loadFromSource() {
  const { register } = await import("tsx/esm/api");
  register();
  return import("./supervise.ts");
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await start();
  } catch (error) {
    process.stderr.write(`\n${explain(error)}\n`);
    process.exit(1);
  }
}
