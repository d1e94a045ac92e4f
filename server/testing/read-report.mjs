import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

const MESSAGE_LINES = 12;

/**
 * What a JSON report of vitest or Playwright says: tests passed, failed and skipped, and of each failure its name and
 * the beginning of its message. Null when there is no report, or none that can be read.
 */
export function readReport(file) {
  try {
    const report = JSON.parse(readFileSync(file, "utf8"));
    return report.stats ? fromPlaywright(report) : fromVitest(report);
  } catch {
    return null;
  }
}

function fromVitest(report) {
  const failures = [];
  for (const { name, status, message, assertionResults } of report.testResults) {
    const failed = assertionResults.filter((test) => test.status === "failed");
    for (const test of failed) failures.push(describe(name, test.fullName, test.failureMessages.join("\n")));
    // A file that could not be loaded has no test that failed.
    if (status === "failed" && failed.length === 0) failures.push(describe(name, "could not be run", message));
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests,
    failures,
  };
}

function fromPlaywright({ stats, suites, errors }) {
  const failures = errors.map(({ message }) => describe("playwright", "could not be run", message ?? ""));
  const visit = (suite) => {
    for (const spec of suite.specs ?? []) {
      if (spec.ok) continue;
      const messages = spec.tests.flatMap(({ results }) => results.flatMap((result) => result.errors));
      failures.push(describe(spec.file, spec.title, messages.map(({ message }) => message).join("\n")));
    }
    for (const inner of suite.suites ?? []) visit(inner);
  };
  for (const suite of suites) visit(suite);
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped, failures };
}

function describe(file, test, message) {
  const lines = stripVTControlCharacters(message).trim().split("\n").slice(0, MESSAGE_LINES);
  return { name: `${file.startsWith("/") ? relative(process.cwd(), file) : file} › ${test}`, lines };
}
