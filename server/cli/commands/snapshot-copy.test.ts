import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { holdfast } from "@/server/testing/cli";

const sample = fileURLToPath(new URL("../../engine/repository/testdata/format-v1", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "holdfast-copy-"));
afterAll(() => rmSync(work, { recursive: true }));

/** With a home of its own that has neither key nor repository. */
async function call(...args: string[]) {
  const { code, stdout, stderr } = await holdfast(join(work, "home"), args);
  return { code, stdout: stdout.toString(), stderr };
}

const key = join(sample, "key");
const cache = `--cache=${join(work, "cache")}`;
const LATER = "6b01a19beb0e12da8ba35de3";
const FIRST = "6b01a19beb0e12da8ba35de1";

describe("holdfast snapshot copy", { timeout: 120_000 }, () => {
  const source = join(work, "source");
  const second = join(work, "second");
  const otherKey = join(work, "other-key");

  it("makes a repository of an empty place that is whole when the first one is gone, under another key", async () => {
    cpSync(join(sample, "repository"), source, { recursive: true });
    writeFileSync(otherKey, "another installation's key\n", { mode: 0o600 });
    const from = ["--storage", source, "--key", key, cache];
    const copied = await call("snapshot", "copy", LATER, ...from, "--to", second, "--to-key", otherKey, "--json");
    expect(copied).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(copied.stdout)).toMatchObject({ snapshotId: LATER, isNew: true });

    const again = await call("snapshot", "copy", LATER, ...from, "--to", second, "--to-key", otherKey);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("is there already") as string });
    const first = await call("snapshot", "copy", FIRST, ...from, "--to", second, "--to-key", otherKey, "--json");
    expect(JSON.parse(first.stdout)).toMatchObject({ isNew: false, newNodes: expect.any(Number) as number });

    rmSync(source, { recursive: true });
    const of = ["--storage", second, "--key", otherKey, cache, "--json"];
    const checked = await call("repository", "check", "--read-data", ...of);
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, snapshots: 2 });
  });

  it("finds the one repository of a storage target, and asks which of several", async () => {
    const target = join(work, "target");
    cpSync(join(sample, "repository"), join(target, "6b01a19beb0e12da8ba35dd4"), { recursive: true });
    const of = ["--storage", target, "--key", key, cache];
    const listed = await call("snapshot", "ls", ...of, "--json");
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining(LATER) as string });
    cpSync(second, join(target, "6b01a19beb0e12da8ba35dd9"), { recursive: true });
    const asked = await call("snapshot", "ls", ...of);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("6b01a19beb0e12da8ba35dd9") as string });
  });

  it("needs to be told where to, and the key of the place that it copies from", async () => {
    const from = ["--storage", join(sample, "repository"), cache];
    expect(await call("snapshot", "copy", LATER, ...from, "--key", key)).toMatchObject({ code: 2 });
    const wrong = await call("snapshot", "copy", LATER, ...from, "--key", otherKey, "--to", join(work, "third"));
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("REPOSITORY_KEY_WRONG") as string });
  });
});
