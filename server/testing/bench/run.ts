import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MongoClient } from "mongodb";
import { insertRaw } from "@/server/engine/restore/raw-insert";
import { ClusterProcess } from "@/server/jobs/host/cluster-process";
import { freePort } from "@/server/platform/ports";
import { isOnPath, runToEnd } from "./child";
import { BENCH_COLLECTIONS, documentBatches } from "./documents";
import { formatRows, type BenchRow } from "./rows";
import type { TaskResult } from "./task";

/**
 * Snapshot and restore of a generated data set between two embedded servers, beside mongodump and mongorestore on the
 * same servers in the same run, where PATH has them; and the driver alone, doing nothing with the bytes, as the limit.
 *
 *   npm run bench -- --gb 1 --out result.json
 *   npm run bench -- --gb 2 --snapshot-only        the peak of memory, without the rest
 */
const { values } = parseArgs({
  options: {
    gb: { type: "string", default: "1" },
    out: { type: "string" },
    "snapshot-only": { type: "boolean", default: false },
  },
});
const totalBytes = Number(values.gb) * 1e9;
const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
const rows: BenchRow[] = [];
const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Server {
  process: ClusterProcess;
  uri: string;
}

async function startServer(name: string): Promise<Server> {
  const port = await freePort();
  const password = randomBytes(12).toString("hex");
  const process = await ClusterProcess.start({
    dataDir: join(folder, name),
    host: "127.0.0.1",
    port,
    version: "8.0.4",
    fcv: "8.0",
    fcvPinned: false,
    replicaSetName: name,
    rootUser: { user: "bench", password },
  });
  return { process, uri: `mongodb://bench:${password}@127.0.0.1:${port}/?directConnection=true` };
}

function add(
  work: string,
  done: Omit<TaskResult, "manifestId"> & { peakRssBytes: number },
  peer?: [string, number],
): void {
  const [name = null, peerSeconds = null] = peer ?? [];
  const ratio = peerSeconds === null ? null : peerSeconds / done.seconds;
  const { bytes, documents, seconds, peakRssBytes, storedBytes } = done;
  rows.push({ work, bytes, documents, seconds, peakRssBytes, storedBytes, peer: name, peerSeconds, ratio });
  say(`${work}: ${seconds.toFixed(2)} s`);
}

async function load(uri: string): Promise<void> {
  const client = await new MongoClient(uri).connect();
  let bytes = 0;
  let documents = 0;
  let sendingMs = 0;
  for (const collection of BENCH_COLLECTIONS) {
    for (const batch of documentBatches(collection, totalBytes * collection.share)) {
      const startedAt = performance.now();
      await insertRaw(client.db("shop"), collection.name, batch, { ordered: false });
      sendingMs += performance.now() - startedAt;
      documents += batch.length;
      for (const document of batch) bytes += document.length;
    }
    if (collection.name === "orders") await client.db("shop").collection("orders").createIndex({ number: 1 });
  }
  await client.close();
  const peakRssBytes = process.memoryUsage().rss;
  add("raw insert", { bytes, documents, seconds: sendingMs / 1000, storedBytes: null, peakRssBytes });
}

async function perform(work: string, uri: string, manifestId: string | null = null) {
  const input = JSON.stringify({ work, uri, folder, manifestId });
  const script = new URL("./task.ts", import.meta.url).pathname;
  const done = await runToEnd(process.execPath, ["--import", "tsx", script], input);
  const result = JSON.parse(done.output.trim().split("\n").at(-1)!) as TaskResult;
  return { ...result, peakRssBytes: done.peakRssBytes };
}

const source = await startServer("source");
const target = await startServer("target");
async function compareWithTools(): Promise<void> {
  add("raw read", await perform("rawRead", source.uri));

  const dump = join(folder, "dump");
  const hasTools = (await isOnPath("mongodump")) && (await isOnPath("mongorestore"));
  const dumped = hasTools
    ? await runToEnd("mongodump", [`--uri=${source.uri}`, "--gzip", "--numParallelCollections=4", `--out=${dump}`])
    : null;
  const first = await perform("snapshot", source.uri);
  add("first snapshot", first, dumped ? ["mongodump --gzip", dumped.seconds] : undefined);
  add("snapshot again, nothing changed", await perform("snapshot", source.uri));
  add("verify", await perform("verify", source.uri, first.manifestId));

  const options = ["--gzip", "--drop", "--numInsertionWorkersPerCollection=8", "--nsInclude=shop.*", dump];
  const restored = hasTools ? await runToEnd("mongorestore", [`--uri=${target.uri}`, ...options]) : null;
  const restore = await perform("restore", target.uri, first.manifestId);
  add("restore", restore, restored ? ["mongorestore", restored.seconds] : undefined);
  if (!hasTools) say("mongodump and mongorestore are not on PATH: no peer to compare with.");
}

try {
  await load(source.uri);
  if (values["snapshot-only"]) add("first snapshot", await perform("snapshot", source.uri));
  else await compareWithTools();
} finally {
  await source.process.stop();
  await target.process.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${formatRows(rows)}\n`);
if (values.out) writeFileSync(values.out, `${JSON.stringify(rows, null, 2)}\n`);
