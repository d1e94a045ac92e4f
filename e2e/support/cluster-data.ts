import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Binary, Decimal128, Double, EJSON, Int32, Long, MaxKey, MinKey, Timestamp, UUID, type Document } from "bson";
import type { MongoClient } from "mongodb";

/** The real collections, where the machine has them; each file is one collection, a document a line. */
const datasets = process.env.HOLDFAST_TEST_DATA ? join(process.env.HOLDFAST_TEST_DATA, "datasets") : null;
const LARGEST_FILE_BYTES = 4 * 1024 * 1024;

export const hasDatasets = datasets !== null && existsSync(datasets);

/** Documents with every odd thing that a backup can get wrong. */
function oddDocuments(): Document[] {
  return [
    { _id: new Int32(5), kind: "int32" },
    { _id: new Double(5.5), kind: "double", minusZero: new Double(-0), nan: new Double(Number.NaN) },
    { _id: Long.fromString("9007199254740993"), kind: "long" },
    { _id: Decimal128.fromString("1.000"), kind: "decimal", cohort: Decimal128.fromString("1.0") },
    { _id: "text", unicode: "héllo 世界", empty: "", nested: { a: { b: [1, { c: null }] } } },
    { _id: { b: 1, a: 2 }, kind: "document" },
    { _id: new UUID("4b8f5f6e-92a3-4c1d-8f4e-0d1c2b3a4f5e"), kind: "uuid" },
    { _id: new Date(0), kind: "date", at: new Timestamp({ t: 7, i: 3 }) },
    { _id: new Binary(Buffer.from([1, 2, 3]), 128), kind: "user binary" },
    { _id: true, low: new MinKey(), high: new MaxKey() },
    { _id: "large", payload: "x".repeat(3 * 1024 * 1024) },
  ];
}

/** Fills the cluster; returns how many documents are there. */
export async function loadRealCollections(client: MongoClient, database: string): Promise<number> {
  await dropCollections(client, database);
  const db = client.db(database);
  let count = 0;
  for (const file of hasDatasets ? readdirSync(datasets!) : []) {
    const lines = readFileSync(join(datasets!, file));
    if (!file.endsWith(".json") || lines.length > LARGEST_FILE_BYTES) continue;
    const documents = lines
      .toString("utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => EJSON.parse(line, { relaxed: false }) as Document);
    const done = await db.collection(file.replace(/\.json$/, "")).insertMany(documents, { ordered: false });
    count += done.insertedCount;
  }
  const odd = oddDocuments();
  await db.collection<Document>("odd").insertMany(odd as never[]);
  await db.collection("odd").createIndex({ kind: 1 }, { name: "by_kind", sparse: true });
  return count + odd.length;
}

/** An ordinary user (readWriteAnyDatabase) may drop collections, not databases. */
export async function dropCollections(client: MongoClient, database: string): Promise<void> {
  const db = client.db(database);
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) await db.collection(name).drop();
}

/** Every document's bytes of a database as one digest a document, by collection, in `_id` order. */
export async function digestDatabase(client: MongoClient, database: string): Promise<Map<string, string[]>> {
  const db = client.db(database);
  const digests = new Map<string, string[]>();
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map((item) => item.name);
  for (const name of names.sort()) {
    const documents = db.collection(name).find({}, { raw: true, sort: { _id: 1 } });
    const found: string[] = [];
    for await (const bytes of documents)
      found.push(
        createHash("sha256")
          .update(bytes as unknown as Buffer)
          .digest("hex"),
      );
    digests.set(name, found);
  }
  return digests;
}

/** What somebody breaks on a bad day: changes, deletes, drops, adds. */
export async function breakDatabase(client: MongoClient, database: string): Promise<void> {
  const db = client.db(database);
  await db.collection("odd").updateMany({}, { $set: { broken: true } });
  await db.collection("odd").deleteOne({ _id: "text" as never });
  await db.collection("leftover").insertOne({ made: "after the snapshot" });
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    if (name === "odd" || name === "leftover") continue;
    const half = await db.collection(name).countDocuments();
    const some = await db
      .collection(name)
      .find({}, { projection: { _id: 1 }, limit: Math.ceil(half / 2) })
      .toArray();
    await db.collection(name).deleteMany({ _id: { $in: some.map((document) => document._id) } });
  }
}
