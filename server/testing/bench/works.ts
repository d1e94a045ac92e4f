import { randomBytes } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { BSON, type MongoClient, type ObjectId } from "mongodb";
import { inspectDeployment } from "@/server/deployments/inspect";
import { encodeValueKey } from "@/server/engine/bson/key";
import { Repository } from "@/server/engine/repository";
import { LocalNodeIndex } from "@/server/engine/repository/node-index/local-node-index";
import type { JournalState } from "@/server/engine/restore/journal";
import { insertRaw } from "@/server/engine/restore/raw-insert";
import { restoreSnapshot } from "@/server/engine/restore/restore-snapshot";
import { silentProgress } from "@/server/engine/source/progress";
import { RawCursor } from "@/server/engine/source/raw-cursor";
import { takeSnapshot } from "@/server/engine/source/take-snapshot";
import { openObjectStore } from "@/server/engine/storage";
import { getFromLayers } from "@/server/engine/tree";
import { InstallationKey } from "@/server/platform/crypto";
import { benchId } from "./data-sets";

/** What the bench measures. Each says how many bytes and documents went through; the clock is the caller's. */
export interface WorkInput {
  client: MongoClient;
  folder: string;
  manifestId: string | null;
}

export interface Done {
  bytes: number;
  documents: number;
  storedBytes?: number;
  manifestId?: string;
}

export const BENCH_DATABASE = "shop";
const BATCH_BYTES = 3 * 1024 * 1024;
const BATCH_DOCUMENTS_MAX = 20_000;
const INSERTS_AT_ONCE = 4;
const GETS = 1000;
/** One document in so many is changed; neighbours are left alone. */
const CHANGED_ONE_IN = 100;
const unused = new AbortController().signal;

/** The driver alone: ready-made batches from files, nothing done with the bytes. The limit of a restore. */
export async function rawInsert({ client, folder }: WorkInput): Promise<Done> {
  const db = client.db(BENCH_DATABASE);
  const done = { bytes: 0, documents: 0 };
  const running = new Set<Promise<void>>();
  for (const file of readdirSync(join(folder, "data"))) {
    for await (const batch of batchesOf(join(folder, "data", file))) {
      done.documents += batch.length;
      for (const document of batch) done.bytes += document.length;
      const insert = insertRaw(db, basename(file, ".bson"), batch, { ordered: false });
      const tracked = insert.finally(() => running.delete(tracked));
      running.add(tracked);
      if (running.size >= INSERTS_AT_ONCE) await Promise.race(running);
    }
  }
  await Promise.all(running);
  return done;
}

async function* batchesOf(path: string): AsyncGenerator<Buffer[]> {
  let rest: Buffer = Buffer.alloc(0);
  let batch: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: BATCH_BYTES })) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    let at = 0;
    while (at + 4 <= rest.length && at + rest.readInt32LE(at) <= rest.length) {
      const end = at + rest.readInt32LE(at);
      if (batch.length > 0 && (bytes + end - at > BATCH_BYTES || batch.length >= BATCH_DOCUMENTS_MAX)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(rest.subarray(at, end));
      bytes += end - at;
      at = end;
    }
    rest = rest.subarray(at);
  }
  if (batch.length > 0) yield batch;
}

/** The driver alone: every document asked for and thrown away. The limit of a snapshot. */
export async function rawRead({ client }: WorkInput): Promise<Done> {
  const done = { bytes: 0, documents: 0 };
  const db = client.db(BENCH_DATABASE);
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map((item) => item.name);
  await Promise.all(
    names.map(async (name) => {
      const session = client.startSession();
      const cursor = await RawCursor.open(db, name, { find: name, sort: { _id: 1 } }, { session });
      for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
        done.bytes += batch.bytes;
        done.documents += batch.documents.length;
      }
      await session.endSession();
    }),
  );
  return done;
}

/** Changes one document in a hundred, evenly over each collection; bytes are those of the changed documents. */
export async function changeDocuments({ client }: WorkInput): Promise<Done> {
  const done = { bytes: 0, documents: 0 };
  const db = client.db(BENCH_DATABASE);
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    const collection = db.collection(name);
    const count = await collection.countDocuments();
    const ids: ObjectId[] = [];
    for (let n = CHANGED_ONE_IN >> 1; n < count; n += CHANGED_ONE_IN) ids.push(benchId(n));
    if (ids.length === 0) ids.push(benchId(0));
    const change = { $set: { touched: randomBytes(4).readInt32LE() } };
    for (let at = 0; at < ids.length; at += 1000) {
      const some = ids.slice(at, at + 1000);
      await collection.updateMany({ _id: { $in: some } }, change);
      for await (const document of collection.find({ _id: { $in: some } })) {
        done.bytes += BSON.calculateObjectSize(document);
        done.documents += 1;
      }
    }
  }
  return done;
}

/** A snapshot; with a manifest, on top of that one. */
export async function snapshot({ client, folder, manifestId }: WorkInput): Promise<Done> {
  return withRepository(folder, async (repository) => {
    const facts = await inspectDeployment(client);
    const id = randomBytes(12).toString("hex");
    return takeSnapshot({
      client,
      repository,
      snapshot: { id, clusterId: id, clusterName: "bench", tier: "M30" },
      facts: { ...facts, fcv: facts.fcv.version, fcvPinned: facts.fcv.pinned },
      signal: unused,
      progress: silentProgress,
      ...(manifestId === null ? {} : { basedOn: manifestId }),
    });
  });
}

export async function verify({ folder, manifestId }: WorkInput): Promise<Done> {
  return withRepository(folder, async (repository) => {
    const report = await repository.verify(manifestId!, { signal: unused, onProgress: () => undefined });
    if (report.problems.length > 0) throw new Error(report.problems[0]!.message);
    return { bytes: report.bytes, documents: report.documents };
  });
}

/** Single documents by `_id`, one after the other, in a process that has read nothing before. */
export async function getDocuments({ folder, manifestId }: WorkInput): Promise<Done> {
  return withRepository(folder, async (repository) => {
    const { members } = await repository.readManifest(manifestId!);
    const collections = members.flatMap((member) => member.collections).filter(({ documents }) => documents > 0);
    const done = { bytes: 0, documents: 0 };
    for (let i = 0; i < GETS; i += 1) {
      const { layers, documents } = collections[i % collections.length]!;
      const key = encodeValueKey(benchId((i * 7919) % documents));
      const document = await getFromLayers(repository.reader(), layers!, key);
      if (!document) throw new Error("a document was not found");
      done.bytes += document.length;
      done.documents += 1;
    }
    return done;
  });
}

export async function restore({ client, folder, manifestId }: WorkInput): Promise<Done> {
  return withRepository(folder, async (repository) => {
    const runId = randomBytes(12).toString("hex");
    const journal = memoryJournal();
    const options = { client, repository, manifestId: manifestId!, runId, journal, signal: unused };
    const { bytes, documents } = await restoreSnapshot({ ...options, progress: silentProgress });
    return { bytes, documents };
  });
}

async function withRepository<T>(folder: string, work: (repository: Repository) => Promise<T>): Promise<T> {
  const keyFile = join(folder, "keys");
  const isNew = !existsSync(keyFile);
  mkdirSync(join(folder, "repository"), { recursive: true });
  if (isNew) writeFileSync(keyFile, randomBytes(64), { mode: 0o600 });
  const secret = readFileSync(keyFile);
  const keys = { idKey: secret.subarray(0, 32), encryptionKey: secret.subarray(32) };
  const store = openObjectStore(pathToFileURL(join(folder, "repository")).href);
  const index = new LocalNodeIndex(join(folder, "index.mdb"));
  const wrapWith = new InstallationKey("the installation key of the bench");
  const repository = isNew
    ? await Repository.create({ store, index, keys, id: randomBytes(12).toString("hex"), wrapWith })
    : await Repository.open({ store, index, keys });
  try {
    return await work(repository);
  } finally {
    await index.close();
  }
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
