import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readReport } from "./read-report.mjs";

const folder = mkdtempSync(join(tmpdir(), "holdfast-report-"));
symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("reading a report", () => {
  it("names each test that failed, and a file that could not be loaded, with the reason", () => {
    writeFileSync(
      join(folder, "sums.test.mjs"),
      `import { expect, it } from "vitest";
       it("adds", () => expect(1 + 1).toBe(2));
       it("adds wrongly", () => expect(1 + 1).toBe(3));
       it.skip("is left out", () => {});`,
    );
    writeFileSync(join(folder, "broken.test.mjs"), `throw new Error("broken on purpose");`);
    const file = join(folder, "report.json");
    const vitest = resolve("node_modules/vitest/vitest.mjs");
    const run = [vitest, "run", "--root", folder, "--reporter=json", `--outputFile=${file}`];
    expect(spawnSync(process.execPath, run, { cwd: folder }).status).toBe(1);
    const report = readReport(file);
    expect(report).toMatchObject({ passed: 1, failed: 1, skipped: 1 });
    const failures = [...report!.failures].sort((a, b) => a.name.localeCompare(b.name));
    expect(failures.map(({ name }) => name)).toEqual([
      expect.stringMatching(/broken\.test\.mjs › could not be run$/),
      expect.stringMatching(/sums\.test\.mjs › adds wrongly$/),
    ]);
    expect(failures.map(({ lines }) => lines[0])).toEqual([
      expect.stringContaining("broken on purpose"),
      expect.stringContaining("expected 2 to be 3"),
    ]);
  });

  it("says nothing of a report that is not there", () => {
    expect(readReport(join(folder, "none.json"))).toBeNull();
  });
});
