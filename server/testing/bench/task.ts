import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MongoClient } from "mongodb";
import { z } from "zod";
import { inspectDeployment } from "@/server/deployments/inspect";
import { Repository } from "@/server/engine/repository";
import { LmdbNodeIndex } from "@/server/engine/repository/lmdb-node-index";
import type { JournalState } from "@/server/engine/restore/journal";
import { restoreSnapshot } from "@/server/engine/restore/restore-snapshot";
import { silentProgress } from "@/server/engine/source/progress";
import { RawCursor } from "@/server/engine/source/raw-cursor";
import { takeSnapshot } from "@/server/engine/source/take-snapshot";
import { openObjectStore } from "@/server/engine/storage";
import { InstallationKey } from "@/server/platform/crypto";

/**
 * One piece of the bench's work in a process of its own, so that its memory is its own. Reads what to do as JSON from
 * standard input and prints what came out as one line of JSON.
 */
const Task = z.object({
  work: z.enum(["rawRead", "snapshot", "verify", "restore"]),
  uri: z.string(),
  folder: z.string(),
  manifestId: z.string().nullable(),
});

export interface TaskResult {
  seconds: number;
  bytes: number;
  documents: number;
  storedBytes: number | null;
  manifestId: string | null;
}

const BENCH_KEY = new InstallationKey("the installation key of the bench");
const BENCH_DATABASE = "shop";
const unused = new AbortController().signal;

async function openRepository(folder: string): Promise<{ repository: Repository; close: () => Promise<void> }> {
  const keyFile = join(folder, "keys");
  const isNew = !existsSync(keyFile);
  mkdirSync(join(folder, "repository"), { recursive: true });
  if (isNew) writeFileSync(keyFile, randomBytes(64), { mode: 0o600 });
  const secret = readFileSync(keyFile);
  const keys = { idKey: secret.subarray(0, 32), encryptionKey: secret.subarray(32) };
  const store = openObjectStore(pathToFileURL(join(folder, "repository")).href);
  const index = new LmdbNodeIndex(join(folder, "index.mdb"));
  const repository = isNew
    ? await Repository.create({ store, index, keys, id: randomBytes(12).toString("hex"), wrapWith: BENCH_KEY })
    : await Repository.open({ store, index, keys });
  return { repository, close: () => index.close() };
}

async function readEverything(client: MongoClient): Promise<Omit<TaskResult, "seconds">> {
  let bytes = 0;
  let documents = 0;
  const db = client.db(BENCH_DATABASE);
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map((item) => item.name);
  await Promise.all(
    names.map(async (name) => {
      const session = client.startSession();
      const cursor = await RawCursor.open(db, name, { find: name, sort: { _id: 1 } }, { session });
      for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
        bytes += batch.bytes;
        documents += batch.documents.length;
      }
      await session.endSession();
    }),
  );
  return { bytes, documents, storedBytes: null, manifestId: null };
}

/** A journal for one process's life: the bench measures the work, not the database behind the portal. */
function memoryJournal() {
  let state: JournalState | null = null;
  return {
    read: () => Promise.resolve(state),
    write: (next: JournalState) => {
      state = next;
      return Promise.resolve();
    },
    beforeCommit: () => Promise.resolve(),
  };
}

async function perform(task: z.infer<typeof Task>): Promise<Omit<TaskResult, "seconds">> {
  const client = await new MongoClient(task.uri, { maxPoolSize: 16 }).connect();
  const { repository, close } = await openRepository(task.folder);
  try {
    if (task.work === "rawRead") return await readEverything(client);
    if (task.work === "snapshot") {
      const facts = await inspectDeployment(client);
      const id = randomBytes(12).toString("hex");
      const result = await takeSnapshot({
        client,
        repository,
        snapshot: { id, clusterId: id, clusterName: "bench", tier: "M30" },
        facts: { ...facts, fcv: facts.fcv.version, fcvPinned: facts.fcv.pinned },
        signal: unused,
        progress: silentProgress,
      });
      return result;
    }
    if (task.manifestId === null) throw new Error(`${task.work} needs a manifest`);
    if (task.work === "verify") {
      const report = await repository.verify(task.manifestId, { signal: unused, onProgress: () => undefined });
      if (report.problems.length > 0) throw new Error(report.problems[0]!.message);
      return { bytes: report.bytes, documents: report.documents, storedBytes: null, manifestId: null };
    }
    const result = await restoreSnapshot({
      client,
      repository,
      manifestId: task.manifestId,
      runId: randomBytes(12).toString("hex"),
      journal: memoryJournal(),
      signal: unused,
      progress: silentProgress,
    });
    return { bytes: result.bytes, documents: result.documents, storedBytes: null, manifestId: null };
  } finally {
    await close();
    await client.close();
  }
}

const task = Task.parse(JSON.parse(readFileSync(0, "utf8")));
const startedAt = performance.now();
const done = await perform(task);
const result: TaskResult = { ...done, seconds: (performance.now() - startedAt) / 1000 };
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
