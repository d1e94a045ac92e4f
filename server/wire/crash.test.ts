import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MongoClient } from "mongodb";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The server as the process that it is in production. */
async function startChild(dataDir: string): Promise<{ child: ChildProcess; uri: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", "server/wire/main.ts"], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin!.write(`${JSON.stringify({ dataDir })}\n`);
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout!.once("data", (data: Buffer) => resolve(data.toString()));
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { child, uri: `mongodb://127.0.0.1:${/^ready (\d+)\n$/.exec(line)![1]!}/?directConnection=true` };
}

function exit(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

test(
  "kill -9 during writes loses nothing that was acknowledged, and indexes agree with documents",
  { timeout: 120_000 },
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "holdfast-crash-"));
    const acknowledged: number[] = [];
    let next = 0;
    try {
      for (let round = 0; round < 3; round += 1) {
        const { child, uri } = await startChild(dataDir);
        const client = new MongoClient(uri, { retryWrites: false, serverSelectionTimeoutMS: 500 });
        const collection = client.db("t").collection<{ _id: number; n: number; pad: string }>("a");
        if (round === 0) await collection.createIndex({ n: -1 }, { unique: true });
        for (const _id of acknowledged) expect(await collection.countDocuments({ _id })).toBe(1);
        const writing = (async () => {
          try {
            for (;;) {
              const ids = Array.from({ length: 20 }, () => next++);
              await collection.insertMany(ids.map((_id) => ({ _id, n: _id * 2, pad: "x".repeat(1000) })));
              acknowledged.push(ids[0]!, ids.at(-1)!);
            }
          } catch {
            // The kill below ends the loop.
          }
        })();
        await new Promise((resolve) => setTimeout(resolve, 400));
        child.kill("SIGKILL");
        await Promise.all([exit(child), writing]);
        await client.close();
      }
      const { child, uri } = await startChild(dataDir);
      const client = new MongoClient(uri);
      const collection = client.db("t").collection<{ _id: number }>("a");
      for (const _id of acknowledged) expect(await collection.countDocuments({ _id })).toBe(1);
      const check = await client.db("t").command({ validate: "a" });
      expect(check).toMatchObject({ valid: true, errors: [] });
      expect(check.keysPerIndex["n_-1"]).toBe(check.nrecords);
      const logged = await client.db("local").collection("oplog.rs").find({ op: "i", ns: "t.a" }).toArray();
      expect(logged.length).toBe(check.nrecords);
      await client.close();
      const ended = exit(child);
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
    expect(acknowledged.length).toBeGreaterThan(0);
  },
);
