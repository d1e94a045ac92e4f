import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { ended, freePort, launch, launchReady, makeHome, removeHomes, stopAll } from "./support/own-portal";

/** Starting, stopping and coming back, as a person at a terminal sees it. Each test has a home of its own. */
test.afterEach(stopAll);
test.afterAll(removeHomes);

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
