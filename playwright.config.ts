import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { findChromium } from "./server/supervisor/find-chromium.mjs";

/**
 * Journeys in a real browser, against a whole portal (production build, demo included) that the run starts for itself
 * on free ports in a temporary HOLDFAST_HOME. This file is read again in each worker, which inherits what was chosen.
 */
const findPort =
  "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})";
process.env.HOLDFAST_E2E_PORT ??= spawnSync(process.execPath, ["-e", findPort], { encoding: "utf8" }).stdout.trim();
process.env.HOLDFAST_E2E_HOME ??= join(tmpdir(), `holdfast-e2e-${process.pid}`);

const port = process.env.HOLDFAST_E2E_PORT;
const chromium = findChromium();

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results/e2e",
  // One portal with one set of clusters: journeys that change it run one after another.
  workers: 1,
  fullyParallel: false,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [["list"], ["json"]] : "list",
  webServer: {
    command: "node e2e/portal/serve.mjs",
    env: {
      PORT: port,
      HOST: "127.0.0.1",
      DATABASE_URL: "",
      HOLDFAST_HOME: process.env.HOLDFAST_E2E_HOME,
      HOLDFAST_TEST_SWITCHES: "1",
    },
    wait: { stdout: /Holdfast is running/ },
    stdout: "pipe",
    timeout: 300_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 90_000 },
  },
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: chromium
      ? {
          executablePath: chromium,
          args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
          ],
        }
      : {},
  },
});
