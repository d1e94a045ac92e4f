import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "@playwright/test";

/** Starting, stopping and coming back, as a person at a terminal sees it. Each test has a home of its own. */
const homes: string[] = [];
const running = new Set<ChildProcess>();

test.afterEach(async () => {
  for (const child of running) {
    child.kill("SIGTERM");
    await ended(child);
  }
  running.clear();
});

test.afterAll(() => {
  for (const home of homes) {
    const place = join(home, "postgres-place");
    if (existsSync(place)) rmSync(dirname(readFileSync(place, "utf8").trim()), { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
});

function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), "holdfast-start-"));
  chmodSync(home, 0o755);
  homes.push(home);
  return home;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

interface Started {
  child: ChildProcess;
  /** Everything the terminal showed so far. */
  output(): string;
}

function launch(home: string, port: number): Started {
  const child = spawn(process.execPath, ["server/supervisor/start.mjs", "--empty"], {
    env: { ...process.env, HOLDFAST_HOME: home, HOST: "127.0.0.1", PORT: String(port), DATABASE_URL: "" },
  });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
  return { child, output: () => output };
}

async function launchReady(home: string, port: number): Promise<Started> {
  const started = launch(home, port);
  await expect.poll(started.output, { timeout: 120_000 }).toContain("Stop with Ctrl-C");
  return started;
}

function readPids(home: string): number[] {
  const recorded = JSON.parse(readFileSync(join(home, "run.json"), "utf8")) as Array<{ pid: number }>;
  const postgres = Number(readFileSync(join(home, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
  return [...recorded.map(({ pid }) => pid), postgres];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const healthy = async (port: number) => (await fetch(`http://127.0.0.1:${port}/api/health`)).status;

test("starts empty with a one-time token, and Ctrl-C stops every process", async ({ page }) => {
  const [home, port] = [makeHome(), await freePort()];
  const started = await launchReady(home, port);
  expect(started.output()).toMatch(/token:\s+[\w-]{20,}\s/);
  await page.goto(`http://127.0.0.1:${port}/`);
  await expect(page).toHaveURL(/\/(setup|sign-in)/);
  const pids = readPids(home);
  started.child.kill("SIGINT");
  expect(await ended(started.child)).toBe(0);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(join(home, "instance.json"))).toBe(false);
});

test("refuses a second start from the same folder, and a taken port, with the way out", async () => {
  const [home, port] = [makeHome(), await freePort()];
  await launchReady(home, port);
  const second = launch(home, await freePort());
  expect(await ended(second.child)).toBe(1);
  expect(second.output()).toContain("another HOLDFAST_HOME and PORT");
  const sameport = launch(makeHome(), port);
  expect(await ended(sameport.child)).toBe(1);
  expect(sameport.output()).toContain(`PORT=${port + 1} npm start`);
  expect(await healthy(port)).toBe(200);
});

test("comes back after a kill -9 of everything, and of the supervisor alone", async () => {
  const [home, port] = [makeHome(), await freePort()];
  const first = await launchReady(home, port);
  for (const pid of [first.child.pid!, ...readPids(home)]) process.kill(pid, "SIGKILL");
  await ended(first.child);
  const second = await launchReady(home, port);
  expect(await healthy(port)).toBe(200);
  second.child.kill("SIGKILL");
  await ended(second.child);
  const third = await launchReady(home, port);
  expect(third.output()).toContain("PostgreSQL was still running and is taken over");
  expect(await healthy(port)).toBe(200);
});

test("starts a process again that died", async () => {
  const [home, port] = [makeHome(), await freePort()];
  const started = await launchReady(home, port);
  const recorded = JSON.parse(readFileSync(join(home, "run.json"), "utf8")) as Array<{ name: string; pid: number }>;
  process.kill(recorded.find(({ name }) => name === "web")!.pid, "SIGKILL");
  await expect.poll(started.output).toContain("web ended (SIGKILL) and is started again.");
  await expect.poll(() => healthy(port).catch(() => 0), { timeout: 60_000 }).toBe(200);
});
