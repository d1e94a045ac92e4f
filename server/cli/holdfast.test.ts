import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("holdfast.mjs", import.meta.url));
const sample = fileURLToPath(new URL("../engine/repository/testdata/format-v1", import.meta.url));

it("runs from any directory, from the source where nothing is built", { timeout: 60_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), "holdfast-anywhere-"));
  try {
    const options = ["--storage", join(sample, "repository"), "--key", join(sample, "key"), "--json"];
    const env = { ...process.env, HOLDFAST_HOME: home };
    const args = [script, "snapshot", "ls", ...options];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: home, env, encoding: "utf8" });
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { snapshots: unknown[] }).snapshots).toHaveLength(3);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
