import { spawn, spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WriteLock } from "@/server/deployments/write-lock";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** The command as a person calls it, in a process of its own, with neither portal nor database. */
function holdfast(...args: string[]): Promise<{ code: number | null; output: string }> {
  return holdfastWith({}, ...args);
}

function holdfastWith(
  variables: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const script = new URL("../holdfast.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOLDFAST_TO: "", ...variables },
  });
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (output += bytes.toString()));
  return new Promise((resolve) => child.on("exit", (code) => resolve({ code, output })));
}

async function isBlocked(): Promise<boolean> {
  const { repl } = await server.client.db("admin").command({ serverStatus: 1 });
  return (repl as { userWriteBlockMode: number }).userWriteBlockMode === 2;
}

it("lifts the block that a lost restore left, and never shows the password", { timeout: 60_000 }, async () => {
  await WriteLock.acquire(server.client, { runId: "6".repeat(24), owner: "Mia", reason: "a lost restore" });
  expect(await isBlocked()).toBe(true);
  const { code, output } = await holdfast("unlock", server.uri);
  expect(output).toContain("is lifted");
  expect(output).not.toContain(new URL(server.uri).password);
  expect(code).toBe(0);
  expect(await isBlocked()).toBe(false);
});

it("takes the connection string from the environment, where no other user reads it", { timeout: 60_000 }, async () => {
  await WriteLock.acquire(server.client, { runId: "7".repeat(24), owner: "Mia", reason: "a lost restore" });
  const neither = await holdfast("unlock");
  expect(neither.output).toContain("URI is missing, and HOLDFAST_TO is not set.");
  expect(neither.code).toBe(2);
  const { code, output } = await holdfastWith({ HOLDFAST_TO: server.uri }, "unlock");
  expect(output).toContain("is lifted");
  expect(output).not.toContain(new URL(server.uri).password);
  expect(code).toBe(0);
  expect(await isBlocked()).toBe(false);
});

it("leaves a block alone that is somebody else's", { timeout: 60_000 }, async () => {
  const admin = server.client.db("admin");
  await admin.command({ setUserWriteBlockMode: 1, global: true });
  const { code, output } = await holdfast("unlock", server.uri);
  expect(output).toContain("not by Holdfast");
  expect(code).toBe(1);
  expect(await isBlocked()).toBe(true);
  await admin.command({ setUserWriteBlockMode: 1, global: false });
});

it("takes what a person's own connection string says, files included, and never repeats a wrong one", async () => {
  const missing = "/nowhere/authority.pem";
  const withFile = await holdfast("unlock", `${server.uri}&tls=true&tlsCAFile=${missing}`);
  expect(withFile.output).not.toContain("CONNECTION_STRING_REFUSED");
  expect(withFile.code).toBe(1);
  const wrong = await holdfast("unlock", "mongodb://mia:geheim@");
  expect(wrong.output).toContain("CONNECTION_STRING_INVALID: ");
  expect(wrong.output).not.toContain("geheim");
});

it("says how it is called", () => {
  const script = new URL("../holdfast.mjs", import.meta.url).pathname;
  const { status, stdout } = spawnSync(process.execPath, [script, "--help"], { encoding: "utf8" });
  expect(status).toBe(0);
  expect(stdout).toContain("holdfast unlock");
});
