import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { MongoClient } from "mongodb";
import { ClusterProcess } from "@/server/jobs/host/cluster-process";
import { freePort } from "@/server/platform/ports";
import { isOnPath, runToEnd } from "./child";
import { DATA_SETS, documentsOf, type BenchCollection, type DataSetName } from "./data-sets";
import type { BenchRow } from "./rows";
import type { Task, TaskResult } from "./task";
import { BENCH_DATABASE } from "./works";

interface Server {
  process: ClusterProcess;
  uri: string;
}

type Measured = Pick<BenchRow, "bytes" | "documents" | "seconds" | "cpuSeconds" | "peakRssBytes" | "storedBytes">;

const RESTORE_LIMITS = ["raw insert", "raw index", "raw read"];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** All that is measured of one data set of one size, on two servers of its own. */
export class BenchRun {
  readonly rows: BenchRow[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  readonly #servers: Server[] = [];
  readonly #collections: readonly BenchCollection[];

  constructor(
    readonly set: DataSetName,
    readonly gb: number,
    readonly password: string,
  ) {
    this.#collections = DATA_SETS[set];
  }

  async perform({ growth }: { growth: boolean }): Promise<void> {
    const source = await this.#start("source");
    await this.#load(source);
    const read = this.#add("raw read", await this.#task("rawRead", source));
    const tools = growth ? null : await this.#dumps(source, read);

    const first = await this.#task("snapshot", source);
    this.#add("first snapshot", first, { share: ["raw read", read], peers: tools?.dumps });
    const again = await this.#task("snapshot", source, first.manifestId);
    this.#add("snapshot again, nothing changed", again, { share: ["raw read", read] });
    const changed = await this.#task("changeDocuments", source);
    this.#add("(1 % of the documents changed)", changed);
    const later = await this.#task("snapshot", source, again.manifestId);
    this.#add("snapshot after 1 % changed", later, { share: ["raw read", read] });
    this.#add("verify", await this.#task("verify", source, first.manifestId));
    this.#add("get 1,000 documents by _id", await this.#task("getDocuments", source, later.manifestId));
    if (!growth) await this.#restores(first.manifestId!, tools !== null);
  }

  async close(): Promise<void> {
    for (const { process: server } of this.#servers) await server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(name: string): Promise<Server> {
    const port = await freePort();
    const server = await ClusterProcess.start({
      dataDir: join(this.#folder, name),
      host: "127.0.0.1",
      port,
      version: "8.0.4",
      fcv: "8.0",
      fcvPinned: false,
      replicaSetName: name,
      rootUser: { user: "bench", password: this.password },
    });
    const uri = `mongodb://bench:${this.password}@127.0.0.1:${port}/?directConnection=true`;
    this.#servers.push({ process: server, uri });
    return { process: server, uri };
  }

  /** Makes the documents, which is not measured, and inserts them as they are, which is. */
  async #load(source: Server): Promise<void> {
    const data = join(this.#folder, "data");
    mkdirSync(data);
    for (const collection of this.#collections) {
      const documents = Readable.from(documentsOf(collection, this.gb * 1e9 * collection.share));
      await pipeline(documents, createWriteStream(join(data, `${collection.name}.bson`)));
    }
    const inserted = this.#add("raw insert", await this.#task("rawInsert", source));
    rmSync(data, { recursive: true });
    const client = await new MongoClient(source.uri).connect();
    const db = client.db(BENCH_DATABASE);
    const startedAt = performance.now();
    for (const { name, index } of this.#collections) if (index) await db.collection(name).createIndex({ [index]: 1 });
    const seconds = (performance.now() - startedAt) / 1000;
    if (this.#collections.some(({ index }) => index)) this.#addPeer("raw index", inserted, seconds, null);
    await client.close();
  }

  /** What the tools do instead of a snapshot; null where PATH has them not. The dump stays for mongorestore. */
  async #dumps(source: Server, read: Measured): Promise<{ dumps: Record<string, number> } | null> {
    if (!(await isOnPath("mongodump")) || !(await isOnPath("mongorestore"))) {
      say("mongodump and mongorestore are not on PATH: nothing to compare with.");
      return null;
    }
    const dump = join(this.#folder, "dump");
    const dumps: Record<string, number> = {};
    const gzip = await runToEnd("mongodump", [
      `--uri=${source.uri}`,
      "--gzip",
      "--numParallelCollections=4",
      `--out=${dump}`,
    ]);
    dumps["mongodump --gzip"] = gzip.seconds;
    this.#addPeer("mongodump --gzip", read, gzip.seconds, bytesBelow(dump));
    if (await isOnPath("zstd")) {
      const archive = join(this.#folder, "dump.zst");
      const piped = `mongodump --quiet --archive --uri='${source.uri}' | zstd -q -o '${archive}'`;
      const { seconds } = await runToEnd("bash", ["-o", "pipefail", "-c", piped]);
      dumps["mongodump | zstd"] = seconds;
      this.#addPeer("mongodump | zstd", read, seconds, statSync(archive).size);
      rmSync(archive);
    } else say("zstd is not on PATH: no mongodump piped to it.");
    return { dumps };
  }

  async #restores(manifestId: string, hasTools: boolean): Promise<void> {
    const target = await this.#start("target");
    const insert = this.rows.find(({ work }) => work === "raw insert")!;
    const raw = this.rows.filter(({ work }) => RESTORE_LIMITS.includes(work));
    // A restore does all of this: it reads back what it wrote.
    const peers: Record<string, number> = {
      [raw.map(({ work }) => work).join(" + ")]: raw.reduce((sum, row) => sum + row.seconds, 0),
    };
    if (hasTools) {
      const how = ["--gzip", "--numInsertionWorkersPerCollection=8", `--nsInclude=${BENCH_DATABASE}.*`];
      try {
        const restored = await runToEnd("mongorestore", [`--uri=${target.uri}`, ...how, join(this.#folder, "dump")]);
        peers.mongorestore = restored.seconds;
        this.#addPeer("mongorestore", insert, restored.seconds, null);
      } catch (error) {
        say(`mongorestore did not come to its end, so there is nothing to compare with: ${String(error).slice(-300)}`);
      }
      // Ours begins as theirs did: with nothing there.
      const client = await new MongoClient(target.uri).connect();
      await client.db(BENCH_DATABASE).dropDatabase();
      await client.close();
    }
    this.#add("restore", await this.#task("restore", target, manifestId), { share: ["raw insert", insert], peers });
  }

  async #task(work: Task["work"], { uri }: Server, manifestId: string | null = null) {
    const input = JSON.stringify({ work, uri, folder: this.#folder, manifestId } satisfies Task);
    const script = new URL("./task.mjs", import.meta.url).pathname;
    const { output, peakRssBytes } = await runToEnd(process.execPath, [script], input);
    return { ...(JSON.parse(output.trim().split("\n").at(-1)!) as TaskResult), peakRssBytes };
  }

  #add(
    work: string,
    { bytes, documents, seconds, cpuSeconds, peakRssBytes, storedBytes }: Measured,
    beside: { share?: [string, Measured]; peers?: Record<string, number> } = {},
  ): BenchRow {
    const [of, limit] = beside.share ?? [];
    const share = of && limit ? { of, value: bytes / seconds / (limit.bytes / limit.seconds) } : null;
    const ratios = Object.fromEntries(Object.entries(beside.peers ?? {}).map(([name, peer]) => [name, peer / seconds]));
    const measured = { bytes, documents, seconds, cpuSeconds, peakRssBytes, storedBytes };
    const row: BenchRow = { set: this.set, gb: this.gb, work, ...measured, share, ratios };
    this.rows.push(row);
    say(`${this.set} ${this.gb} GB, ${work}: ${seconds.toFixed(2)} s`);
    return row;
  }

  #addPeer(work: string, { bytes, documents }: Measured, seconds: number, storedBytes: number | null): void {
    this.#add(work, { bytes, documents, seconds, cpuSeconds: null, peakRssBytes: 0, storedBytes });
  }
}

function bytesBelow(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
