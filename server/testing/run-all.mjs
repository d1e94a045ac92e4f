import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readReport } from "./read-report.mjs";

/**
 * `npm test`: every check, one after another, each printed as it ends; the last line is `N passed, N failed`.
 * Counted are tests where a check has tests, else the check itself; each test that failed is named before it. `npm run
 * check` (--without-services) leaves out what needs PostgreSQL or a browser. Needs nothing installed: it installs first.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const reports = join(root, "test-results/reports");
const withoutServices = process.argv.includes("--without-services");

const checks = [
  { name: "format" },
  { name: "lint" },
  { name: "types" },
  { name: "imports" },
  { name: "unused" },
  { name: "docs", args: ["--check"] },
  { name: "schema", script: "db:diff", args: ["--check"], services: true },
  { name: "test:unit", args: ["--reporter=default", "--reporter=json"], report: "unit.json" },
  { name: "test:db", args: ["--reporter=default", "--reporter=json"], report: "db.json", services: true },
  { name: "e2e", report: "e2e.json", services: true },
];

function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Runs an npm script with its output on the terminal; resolves with its exit code. */
function runScript(script, args, environment) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const child = spawn(npm, ["run", "--silent", script, ...(args.length > 0 ? ["--", ...args] : [])], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...environment },
    shell: process.platform === "win32",
  });
  return new Promise((done) => {
    child.once("error", () => done(1));
    child.once("exit", (code) => done(code ?? 1));
  });
}

async function runCheck({ name, script = name, args = [], report }) {
  const file = report && join(reports, report);
  if (file) rmSync(file, { force: true });
  const extra = file && script.startsWith("test:") ? [`--outputFile.json=${file}`] : [];
  const environment = file && script === "e2e" ? { PLAYWRIGHT_JSON_OUTPUT_FILE: file } : {};
  say(`\n── ${name} ${"─".repeat(Math.max(0, 60 - name.length))}`);
  const began = performance.now();
  const code = await runScript(script, [...args, ...extra], environment);
  const result = (file && readReport(file)) || { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  // A suite that could not be loaded fails without a failed test; it must count.
  if (code !== 0 && result.failed === 0) result.failed = 1;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  return { name, seconds, ...result };
}

async function main() {
  const { installIfNeeded } = await import("../supervisor/start.mjs");
  installIfNeeded();
  const { buildAll } = await import("../supervisor/build.mjs");
  await buildAll({ pages: false, report: say });
  mkdirSync(reports, { recursive: true });
  if (!withoutServices)
    await import("../supervisor/find-chromium.mjs").then(({ ensureChromium }) => ensureChromium(say));
  const results = [];
  for (const check of checks) {
    if (check.services && withoutServices) continue;
    results.push(await runCheck(check));
  }
  say(`\n${"═".repeat(64)}`);
  for (const { name, passed, failed, skipped, seconds } of results) {
    const mark = failed === 0 ? "ok    " : "FAILED";
    say(
      `${mark} ${name.padEnd(10)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${String(skipped).padStart(4)} skipped ${seconds.padStart(7)} s`,
    );
  }
  // Here, where a reader of a long output looks first; the whole message stands above, where the test ran.
  for (const { name, failures = [] } of results) {
    for (const failure of failures)
      say(`not ok  ${name}: ${failure.name}\n        ${failure.lines.join("\n        ")}`);
  }
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  say(`\n${total("passed")} passed, ${total("failed")} failed`);
  process.exitCode = total("failed") === 0 ? 0 : 1;
}

await main();
