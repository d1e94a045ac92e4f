import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "@/server/platform/ports";
import { commandLine, isAlive, stopProcess } from "@/server/platform/processes";
import { postgresAccount } from "./account";
import { choosePlace } from "./place";
import { startPostgres, type RunningPostgres } from "./server";

const PREFIX = "holdfast-postgres-";

/** Stops and removes what test runs left behind that were killed. The folder's name holds their process id. */
async function sweepAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = Number(/^holdfast-postgres-(\d+)-/.exec(name)?.[1]);
    if (!Number.isInteger(owner) || isAlive(owner)) continue;
    const folder = join(tmpdir(), name);
    const pidFile = join(folder, "postgres/postmaster.pid");
    if (existsSync(pidFile)) {
      const pid = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
      if (commandLine(pid).includes(folder)) await stopProcess(pid, "SIGQUIT", 5_000);
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A PostgreSQL for tests and for working out migrations: in a temporary folder, on a free port, without waiting for
 * the disk. `remove()` stops it and leaves nothing behind.
 */
export async function startTemporaryPostgres(): Promise<RunningPostgres & { remove(): Promise<void> }> {
  await sweepAbandoned();
  const home = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  chmodSync(home, 0o755);
  const account = postgresAccount();
  const place = choosePlace(account, home);
  const removeFolders = () => {
    rmSync(place.data, { recursive: true, force: true });
    if (!place.data.startsWith(home)) rmSync(dirname(place.data), { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const port = await freePort();
    const quiet = () => undefined;
    const server = await startPostgres({
      place,
      account,
      port,
      password: "temporary",
      durable: false,
      onOutput: quiet,
    });
    const remove = async () => {
      await server.stop();
      removeFolders();
    };
    return { ...server, remove };
  } catch (error) {
    removeFolders();
    throw error;
  }
}
