import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * A whole portal for the journeys: `npm start` as a user would run it, in HOLDFAST_HOME (a temporary folder that the
 * configuration chose), until SIGTERM; then it is stopped as a user would stop it and the folder is removed.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const home = process.env.HOLDFAST_HOME;
if (!home) throw new Error("HOLDFAST_HOME is not set");
// Readable for user postgres, who runs the database where the journeys run as root.
mkdirSync(home, { recursive: true, mode: 0o755 });

const child = spawn(process.execPath, [join(root, "server/supervisor/start.mjs")], { stdio: "inherit", cwd: root });
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill("SIGTERM"));

child.once("exit", (code) => {
  const place = join(home, "postgres-place");
  if (existsSync(place)) rmSync(dirname(readFileSync(place, "utf8").trim()), { recursive: true, force: true });
  if (code === 0) rmSync(home, { recursive: true, force: true });
  process.exit(code ?? 1);
});
