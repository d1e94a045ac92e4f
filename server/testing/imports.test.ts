import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/**
 * Proves that each rule of .dependency-cruiser.cjs bites: a small tree in which every file breaks one rule, checked
 * with our own configuration. A rule without such a file fails the test, so a new rule comes with its proof.
 */
const violations: Record<string, { file: string; imports: string }> = {
  "no-circular": { file: "server/platform/circle-a.ts", imports: "./circle-b" },
  "no-orphan-import": { file: "server/platform/orphan.ts", imports: "./nowhere" },
  "platform-imports-down-only": { file: "server/platform/up.ts", imports: "../domain/target" },
  "access-imports-down-only": { file: "server/access/up.ts", imports: "../domain/target" },
  "auth-imports-down-only": { file: "server/auth/up.ts", imports: "../domain/target" },
  "engine-imports-down-only": { file: "server/engine/up.ts", imports: "../deployments/target" },
  "deployments-imports-down-only": { file: "server/deployments/up.ts", imports: "../domain/target" },
  "wire-imports-down-only": { file: "server/wire/up.ts", imports: "../deployments/target" },
  "domain-imports-down-only": { file: "server/domain/up.ts", imports: "../api/target" },
  "api-imports-down-only": { file: "server/api/up.ts", imports: "../rest/target" },
  "rest-imports-down-only": { file: "server/rest/up.ts", imports: "../api/target" },
  "engine-knows-no-database": { file: "server/engine/database.ts", imports: "../platform/db" },
  "wire-and-deployments-know-no-database": { file: "server/wire/database.ts", imports: "../platform/db" },
  "engine-tree-is-pure": { file: "server/engine/tree/impure.ts", imports: "../repository/target" },
  "wire-uses-only-bson-and-tree": { file: "server/wire/repository.ts", imports: "../engine/repository/target" },
  "features-enqueue-by-definition": { file: "server/domain/handler.ts", imports: "../jobs/handlers/target" },
  "pages-reach-the-server-through-api": { file: "app/page.ts", imports: "../server/domain/target" },
  "components-import-types-and-schemas": { file: "components/value.ts", imports: "../server/api/target" },
  "components-never-import-pages": { file: "components/page.ts", imports: "../app/target" },
  "server-never-imports-pages": { file: "server/domain/page.ts", imports: "../../components/target" },
  "cli-needs-no-database": { file: "server/cli/commands/snapshot-any.ts", imports: "../../platform/db" },
  "testing-is-for-tests": { file: "server/domain/tested.ts", imports: "../testing/target" },
};

/** What the violations import, and imports that every rule must let through. */
const targets = [
  "server/domain/target.ts",
  "server/deployments/target.ts",
  "server/api/target.ts",
  "server/rest/target.ts",
  "server/platform/db.ts",
  "server/engine/repository/target.ts",
  "server/engine/bson/target.ts",
  "server/engine/tree/target.ts",
  "server/jobs/handlers/target.ts",
  "server/jobs/definitions/target.ts",
  "server/testing/target.ts",
  "server/domain/clusters/schema.ts",
  "app/target.ts",
  "components/target.ts",
];

const allowed: Array<{ file: string; imports: string; typeOnly?: boolean }> = [
  { file: "app/good.ts", imports: "../server/api/target" },
  { file: "components/good.ts", imports: "../server/domain/clusters/schema" },
  { file: "components/good-type.ts", imports: "../server/api/target", typeOnly: true },
  { file: "server/api/good.ts", imports: "../domain/target" },
  { file: "server/domain/good.ts", imports: "../jobs/definitions/target" },
  { file: "server/wire/good.ts", imports: "../engine/bson/target" },
  { file: "server/engine/repository/good.ts", imports: "../tree/target" },
  { file: "server/domain/good.test.ts", imports: "../testing/target" },
];

interface Violation {
  rule: { name: string; severity: string };
  from: string;
}

let root: string;
let found: Violation[];
let ruleNames: string[];

function write(file: string, content: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-imports-"));
  for (const file of [".dependency-cruiser.cjs", "tsconfig.json", "package.json"]) cpSync(file, join(root, file));
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  for (const file of targets) write(file, "export const value = 1;\nexport type Value = number;\n");
  write("server/platform/circle-b.ts", 'import { value as a } from "./circle-a";\nexport const value = a;\n');
  for (const { file, imports } of Object.values(violations)) {
    write(file, `import { value as other } from "${imports}";\nexport const value = other;\n`);
  }
  for (const { file, imports, typeOnly } of allowed) {
    write(
      file,
      typeOnly === true
        ? `import type { Value } from "${imports}";\nexport type Other = Value;\n`
        : `import { value as other } from "${imports}";\nexport const value = other;\n`,
    );
  }
  const configuration = createRequire(import.meta.url)(resolve(".dependency-cruiser.cjs")) as {
    forbidden: Array<{ name: string }>;
  };
  ruleNames = configuration.forbidden.map((rule) => rule.name);
  const cli = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", "server", "app", "components"];
  const result = spawnSync(process.execPath, ["--preserve-symlinks", cli, ...args], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  found = (JSON.parse(result.stdout) as { summary: { violations: Violation[] } }).summary.violations;
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the import rules", () => {
  it("each have a file here that breaks them", () => {
    expect(Object.keys(violations).sort()).toEqual([...ruleNames].sort());
  });

  it.each(Object.entries(violations))("%s is an error where it is broken", (rule, { file }) => {
    const own = found.filter((violation) => violation.from === file && violation.rule.name === rule);
    expect(own.map((violation) => violation.rule.severity)).toContain("error");
  });

  it("let the right directions through", () => {
    const files = new Set(allowed.map(({ file }) => file));
    expect(found.filter((violation) => files.has(violation.from))).toEqual([]);
  });

  it("are part of the checks that npm test runs", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    expect(scripts["imports"]).toContain(".dependency-cruiser.cjs");
    expect(readFileSync("server/testing/run-all.mjs", "utf8")).toContain('"imports"');
  });
});
