import { join } from "node:path";
import { closeDb, db } from "@/server/platform/db";
import { env } from "@/server/platform/env";
import { closeListener } from "@/server/platform/postgres";
import { seedDemo } from "@/server/demo/seed";
import { issueSetupToken } from "@/server/domain/setup/service";
import { Child, type ChildSpec } from "./child";
import { openInstallationDatabase } from "./installation-database";
import { migrateDatabase } from "./migrate";
import { portProblem } from "@/server/platform/ports";
import { RunRecord } from "./run-record";

import { say } from "./terminal";
import { welcome } from "./welcome";

const READY_WITHIN_MS = 90_000;

/**
 * In development a process is started again when a file that it imports was edited. The host's start stops every
 * embedded cluster; these are processes of their own, whose files it does not import.
 */
const WATCHED = { worker: [], host: ["include=server/wire/**/*.ts", "exclude=**/*.test.ts"] };

export interface SuperviseOptions {
  /** Hot reload: `next dev`, and the other processes from source. */
  readonly dev: boolean;
  /** No demo: the first user is made in the browser, with the token that is printed. */
  readonly empty: boolean;
  /** Ends when the process that started it is gone: npm, which may be killed without a word to us. */
  readonly followParent: boolean;
}

async function checkPort(): Promise<void> {
  const problem = await portProblem(env.port, env.host);
  if (problem === null) return;
  const words: Record<string, string> = {
    EADDRINUSE: `Port ${env.port} on ${env.host} is taken by another program.\nStop it, or choose another port: PORT=${env.port + 1} npm start`,
    EACCES: `This user may not listen on port ${env.port}.\nChoose one above 1023: PORT=7717 npm start`,
    EADDRNOTAVAIL: `${env.host} is not an address of this machine.\nSet HOST to one of its addresses, or to 127.0.0.1.`,
    ENOTFOUND: `${env.host} is not a known name.\nSet HOST to an address of this machine, or to 127.0.0.1.`,
  };
  throw new Error(words[problem] ?? `Port ${env.port} on ${env.host} cannot be used (${problem}).`);
}

/** What the web process needs beside our own environment. */
function webEnvironment(): Record<string, string> {
  return {
    PORT: String(env.port),
    HOST: env.host,
    HOLDFAST_URL: env.publicUrl,
    NEXTAUTH_URL: env.publicUrl,
    NEXT_TELEMETRY_DISABLED: "1",
  };
}

async function webAnswers(): Promise<boolean> {
  const host = env.host === "0.0.0.0" || env.host === "::" ? "127.0.0.1" : env.host;
  try {
    const address = `http://${host.includes(":") ? `[${host}]` : host}:${env.port}/api/health`;
    const response = await fetch(address, { signal: AbortSignal.timeout(10_000), redirect: "manual" });
    return response.status === 200;
  } catch {
    return false;
  }
}

function childSpecs(dev: boolean, record: RunRecord): Record<"web" | "worker" | "host", ChildSpec> {
  const entry = (name: "worker" | "host") =>
    dev
      ? [
          ...[join(env.root, "node_modules/tsx/dist/cli.mjs"), "watch", "--clear-screen=false"],
          ...WATCHED[name].map((option) => `--${option}`),
          join(env.root, `server/jobs/${name}.ts`),
        ]
      : [join(env.root, `.build/${name}.mjs`)];
  const next = join(env.root, "node_modules/next/dist/bin/next");
  const common = { home: env.home, record, verbose: dev };
  return {
    web: {
      ...common,
      name: "web",
      args: [next, dev ? "dev" : "start", "-H", env.host, "-p", String(env.port)],
      environment: webEnvironment(),
      ready: webAnswers,
      stopWithinMs: 10_000,
    },
    worker: { ...common, name: "worker", args: entry("worker"), ready: /worker ready/, stopWithinMs: 15_000 },
    host: { ...common, name: "host", args: entry("host"), ready: /host ready/, stopWithinMs: 30_000 },
  };
}

/** Where a signal does not reach us because only npm (or a shell below it) got it, its end does. */
function endWithParent(end: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, 500);
  timer.unref();
}

/**
 * Starts everything in order and keeps it running until SIGINT, SIGTERM or SIGHUP, then stops everything in the
 * opposite order: web, worker, host with its clusters, PostgreSQL. Throws an Error for people when a part cannot be
 * started; what already runs is stopped first.
 */
export async function supervise({ dev, empty, followParent }: SuperviseOptions): Promise<void> {
  const began = performance.now();
  const cleanups: Array<() => Promise<void> | void> = [];
  let ending: Promise<void> | null = null;
  const end = (): Promise<void> =>
    (ending ??= (async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
    })());
  const onSignal = () => {
    if (ending) return say("Still stopping; everything that is being written is written first.");
    say("\nStopping …");
    void end().then(() => {
      say("Stopped.");
      process.exit(0);
    });
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  if (followParent) endWithParent(onSignal);

  try {
    const record = new RunRecord(env.home);
    const left = await record.stopLeftovers();
    if (left.length > 0) say(`Stopped what an earlier start left running: ${left.join(", ")}.`);
    await checkPort();
    const database = await openInstallationDatabase(env.home);
    cleanups.push(() => database.stop(), database.keepAlive());
    cleanups.push(closeDb, closeListener);
    const applied = await migrateDatabase(database.url);
    if (applied.length > 0) say(`Database: applied ${applied.join(", ")}.`);

    const specs = childSpecs(dev, record);
    const launch = (spec: ChildSpec): Child => {
      const child = new Child(spec);
      cleanups.push(() => child.stop());
      child.start();
      return child;
    };
    const host = launch(specs.host);
    const worker = launch(specs.worker);
    const web = launch(specs.web);
    await host.untilReady(READY_WITHIN_MS);
    const demo = empty ? null : await seedDemo({ db: db(), home: env.home, url: env.publicUrl, report: say });
    await Promise.all([worker.untilReady(READY_WITHIN_MS), web.untilReady(READY_WITHIN_MS)]);
    const token = await issueSetupToken();
    if (ending === null) say(welcome({ seconds: (performance.now() - began) / 1000, token, demo }));
  } catch (error) {
    if (ending === null) {
      await end();
      throw error;
    }
  }
}
