import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * `prisma generate` without a download: the CLI only checks that its engine exists, and any program satisfies the
 * check. Node itself exists wherever this runs.
 */
export function generatePrismaClient({ quiet = false } = {}) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
  const cli = createRequire(import.meta.url).resolve("prisma/build/index.js");
  const result = spawnSync(process.execPath, [cli, "generate"], {
    cwd: root,
    stdio: quiet ? "pipe" : "inherit",
    encoding: "utf8",
    env: {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: "1",
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      ...process.env,
    },
  });
  if (result.status !== 0) {
    throw new Error(`prisma generate failed.\n${result.stdout ?? ""}${result.stderr ?? ""}`);
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) generatePrismaClient();
