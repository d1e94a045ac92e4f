import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeInstanceLock } from "./instance-lock.mjs";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "holdfast-lock-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const address = "http://127.0.0.1:7717";

/** Takes the lock in another process and keeps it until the process is ended. */
async function holdElsewhere(): Promise<{ pid: number; kill(): Promise<void> }> {
  const lock = resolve("server/supervisor/instance-lock.mjs");
  const code = `import { takeInstanceLock } from ${JSON.stringify(lock)};
    takeInstanceLock(${JSON.stringify(home)}, ${JSON.stringify(address)});
    console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  await new Promise((done) => child.stdout.once("data", done));
  return {
    pid: child.pid!,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

describe("the instance lock", () => {
  it("tells a second one who holds it and what to do", async () => {
    const other = await holdElsewhere();
    expect(() => takeInstanceLock(home, address)).toThrow(new RegExp(`process ${other.pid}, ${address}`));
    expect(() => takeInstanceLock(home, address)).toThrow(/HOLDFAST_HOME and PORT/);
    await other.kill();
  });

  it("is taken over from a process that was killed", async () => {
    const other = await holdElsewhere();
    await other.kill();
    expect(existsSync(join(home, "instance.json"))).toBe(true);
    takeInstanceLock(home, address)();
    expect(existsSync(join(home, "instance.json"))).toBe(false);
  });

  it("is not believed when the number belongs to another process now, or the file is damaged", () => {
    writeFileSync(join(home, "instance.json"), JSON.stringify({ pid: 1, began: "another time" }));
    takeInstanceLock(home, address)();
    writeFileSync(join(home, "instance.json"), "{");
    takeInstanceLock(home, address)();
  });

  it("says what to do when the folder cannot be made", () => {
    writeFileSync(join(home, "file"), "");
    expect(() => takeInstanceLock(join(home, "file/inside"), address)).toThrow(/HOLDFAST_HOME/);
  });
});
