import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { bundleCommand } from "@/server/supervisor/build.mjs";

export interface CommandOutput {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

let command: Promise<string> | null = null;
let built: string | null = null;
afterAll(() => {
  if (built !== null) rmSync(built, { recursive: true, force: true });
});

/** The command as it is built, once for each test file: calls of the source translate it again each time. */
async function bundledCommand(): Promise<string> {
  const root = new URL("../../.build/", import.meta.url).pathname;
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, "test-cli-"));
  built = folder;
  await bundleCommand(folder);
  const script = join(folder, "run.mjs");
  writeFileSync(script, 'import { main } from "./cli.mjs";\nprocess.exitCode = await main(process.argv.slice(2));\n');
  return script;
}

export interface CommandCircumstances {
  env?: Record<string, string>;
  /** Called once the process runs. */
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void | Promise<void>;
}

/** The command as a person calls it: a process of its own, with an address where no PostgreSQL answers. */
export async function holdfast(home: string, args: string[], how: CommandCircumstances = {}): Promise<CommandOutput> {
  const script = await (command ??= bundledCommand());
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      HOLDFAST_HOME: home,
      HOLDFAST_KEY: "",
      DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none",
      ...how.env,
    },
  });
  const output = { stdout: [] as Buffer[], stderr: "" };
  child.stdout.on("data", (bytes: Buffer) => output.stdout.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => (output.stderr += bytes.toString()));
  void how.onStart?.((signal) => child.kill(signal));
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, stdout: Buffer.concat(output.stdout), stderr: output.stderr }));
  });
}
