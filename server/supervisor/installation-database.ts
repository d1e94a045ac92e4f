import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { chooseDatabase, env, postgresFile } from "@/server/platform/env";
import { checkExternalDatabase } from "./external-database";
import { portNear } from "@/server/platform/ports";
import { postgresAccount } from "./postgres/account";
import { choosePlace } from "./postgres/place";
import { ensureDatabase, startPostgres, type RunningPostgres } from "./postgres/server";
import { LogFile, say } from "./terminal";

const PostgresFile = z.object({ url: z.string(), port: z.number(), password: z.string() });

const DATABASE = "holdfast";

function readPostgresFile(home: string): z.infer<typeof PostgresFile> | null {
  const file = postgresFile(home);
  return existsSync(file) ? PostgresFile.parse(JSON.parse(readFileSync(file, "utf8"))) : null;
}

function writePostgresFile(home: string, content: z.infer<typeof PostgresFile>): void {
  const draft = `${postgresFile(home)}.new`;
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, postgresFile(home));
}

export interface InstallationDatabase {
  readonly url: string;
  /** Null with DATABASE_URL. */
  readonly server: RunningPostgres | null;
  /** Starts the embedded PostgreSQL again when it died; tells what happened. */
  keepAlive(): () => void;
  stop(): Promise<void>;
}

/**
 * The database of this installation: DATABASE_URL when it is set (checked first), else the embedded PostgreSQL below
 * `home`, made at the first start. Its password is random and lies in postgres.json beside it; the password is
 * written before the data folder is made, so a start that was cut leaves nothing that cannot be opened. `tell` gets
 * what a person should know.
 */
export async function openInstallationDatabase(
  home: string,
  tell: (text: string) => void = say,
): Promise<InstallationDatabase> {
  if (env.externalDatabaseUrl !== null) {
    await checkExternalDatabase(env.externalDatabaseUrl);
    return {
      url: env.externalDatabaseUrl,
      server: null,
      keepAlive: () => () => undefined,
      stop: () => Promise.resolve(),
    };
  }
  const log = new LogFile(home, "postgres");
  const recorded = readPostgresFile(home);
  const account = postgresAccount();
  const place = choosePlace(account, home);
  if (place.notice !== null) tell(place.notice);
  const password = recorded?.password ?? randomBytes(24).toString("hex");
  const record = (port: number) =>
    writePostgresFile(home, { url: `postgresql://postgres:${password}@127.0.0.1:${port}/${DATABASE}`, port, password });
  const start = async (wantedPort: number | null) => {
    const port = await portNear(wantedPort);
    record(port);
    const options = { place, account, port, password, durable: true, onOutput: (text: string) => log.write(text) };
    const started = await startPostgres(options);
    if (started.port !== port) record(started.port);
    return started;
  };
  let server = await start(recorded?.port ?? null);
  if (server.adopted) tell("PostgreSQL was still running and is taken over.");
  await ensureDatabase(server, DATABASE);
  const url = server.url(DATABASE);
  chooseDatabase(url);
  let stopped = false;
  return {
    url,
    server,
    keepAlive: () => {
      let busy = false;
      const timer = setInterval(() => {
        if (busy || stopped || server.isAlive()) return;
        busy = true;
        say("PostgreSQL ended and is started again.");
        startPostgres({
          place,
          account,
          port: server.port,
          password,
          durable: true,
          onOutput: (text) => log.write(text),
        })
          .then((again) => (server = again))
          .catch((error: unknown) => say(`PostgreSQL cannot be started: ${String(error)}`))
          .finally(() => (busy = false));
      }, 500);
      return () => clearInterval(timer);
    },
    stop: async () => {
      stopped = true;
      await server.stop();
      log.close();
    },
  };
}
