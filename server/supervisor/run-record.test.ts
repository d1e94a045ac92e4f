import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive } from "@/server/platform/processes";
import { RunRecord } from "./run-record";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "holdfast-record-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("RunRecord", () => {
  it("finds and stops what an earlier supervisor left running", async () => {
    const child = spawn("sleep", ["60"]);
    new RunRecord(home).add("worker", child.pid!);
    expect(await new RunRecord(home).stopLeftovers()).toEqual(["worker"]);
    expect(isAlive(child.pid!)).toBe(false);
    expect(await new RunRecord(home).stopLeftovers()).toEqual([]);
  });

  it("leaves a stranger alone who now has the number", async () => {
    const child = spawn("sleep", ["60"]);
    writeFileSync(join(home, "run.json"), JSON.stringify([{ name: "web", pid: child.pid, began: "earlier" }]));
    expect(await new RunRecord(home).stopLeftovers()).toEqual([]);
    expect(isAlive(child.pid!)).toBe(true);
    child.kill();
  });

  it("forgets what has ended, and survives a damaged file", async () => {
    const record = new RunRecord(home);
    record.add("web", process.pid);
    record.remove("web", process.pid);
    expect(JSON.parse(readFileSync(join(home, "run.json"), "utf8"))).toEqual([]);
    writeFileSync(join(home, "run.json"), "[{");
    expect(await new RunRecord(home).stopLeftovers()).toEqual([]);
  });
});
