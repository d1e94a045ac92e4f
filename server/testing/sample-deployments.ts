import {
  BSONRegExp,
  BSONSymbol,
  Binary,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
  UUID,
} from "bson";
import type { MongoClient } from "mongodb";
import { insertRaw } from "@/server/engine/restore/raw-insert";

/** Deployments that tests of snapshots and restores begin with. */

const MEGABYTE = 1024 * 1024;

/** One element as bytes: type, name, value. */
function element(type: number, name: string | Buffer, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(name), Buffer.from([0]), value]);
}

function documentOf(...elements: Buffer[]): Buffer {
  const body = Buffer.concat(elements);
  const length = Buffer.alloc(4);
  length.writeInt32LE(body.length + 5);
  return Buffer.concat([length, body, Buffer.from([0])]);
}

function text(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeInt32LE(bytes.length + 1);
  return Buffer.concat([length, bytes, Buffer.from([0])]);
}

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

/** Documents that no driver's objects could carry: names twice, broken UTF-8, types that are long deprecated. */
export function rawOddities(): Buffer[] {
  return [
    documentOf(element(0x10, "_id", int(1)), element(0x10, "a", int(1)), element(0x10, "a", int(2))),
    documentOf(element(0x10, "_id", int(2)), element(0x02, "broken", text(Buffer.from([0xff, 0xfe, 0x41])))),
    documentOf(element(0x10, "_id", int(3)), element(0x10, Buffer.from([0xc3, 0x28]), int(1))),
    documentOf(
      element(0x10, "_id", int(4)),
      element(0x10, "__proto__", int(1)),
      element(0x10, "1", int(1)),
      element(0x10, "0", int(1)),
    ),
    documentOf(element(0x10, "_id", int(5)), element(0x06, "undefined", Buffer.alloc(0)), element(0x10, "", int(0))),
    documentOf(
      element(0x10, "_id", int(6)),
      element(0x0c, "pointer", Buffer.concat([text("db.c"), Buffer.alloc(12, 7)])),
    ),
    documentOf(element(0x10, "_id", int(7)), element(0x09, "date", Buffer.alloc(8, 0x7f))),
    documentOf(element(0x10, "_id", int(8)), element(0x01, "nan", Buffer.from("010203040506f8ff", "hex"))),
    documentOf(element(0x10, "_id", int(9)), element(0x11, "empty", Buffer.alloc(8)), element(0x10, "after", int(1))),
  ];
}

/** `_id`s of many kinds in one collection. */
export function oddIds(): unknown[] {
  return [
    new MinKey(),
    null,
    new Int32(-5),
    new Double(0.5),
    new Int32(5),
    Long.fromString("9007199254740993"),
    Decimal128.fromString("1E+40"),
    new Double(Number.NaN),
    "",
    "a",
    "B",
    "ä",
    "x".repeat(3000),
    { a: 1, b: 2 },
    { b: 2, a: 1 },
    {},
    new Binary(Buffer.from("ab"), 0),
    new Binary(Buffer.from("ab"), 128),
    new UUID("00112233-4455-6677-8899-aabbccddeeff"),
    new ObjectId("0123456789abcdef01234567"),
    false,
    true,
    new Date(0),
    new Date(-1),
    new Timestamp({ t: 1, i: 1 }),
    new Code("f()"),
    new MaxKey(),
  ];
}

export function everyType(): Record<string, unknown> {
  return {
    double: new Double(-0),
    string: "text with \0 inside",
    object: { nested: { deep: [1, [2, { three: 3 }]] } },
    binary: new Binary(Buffer.from("old"), 2),
    regex: new BSONRegExp("^a.*z$", "imx"),
    symbol: new BSONSymbol("sym"),
    code: new Code("return x", { x: 1 }),
    reference: new DBRef("other", new ObjectId("0123456789abcdef01234567"), "db"),
    timestamp: new Timestamp({ t: 4294967295, i: 4294967295 }),
    long: Long.MIN_VALUE,
    decimal: Decimal128.fromString("1.000"),
    min: new MinKey(),
    max: new MaxKey(),
    nothing: null,
  };
}

const keepAll = { ordered: false, bypassDocumentValidation: true, bypassEmptyTsReplacement: true } as const;

/** A deployment with everything that a snapshot must carry. */
export async function fillSource(client: MongoClient): Promise<void> {
  const shop = client.db("shop");
  await insertRaw(shop, "oddities", rawOddities(), keepAll);
  await insertRaw(
    shop,
    "ids",
    oddIds().map((_id, n) => serialize({ _id, n })),
    keepAll,
  );
  await shop.collection<{ _id: string }>("types").insertOne({ _id: "all", ...everyType() });
  await shop.createCollection("empty");
  await shop.createCollection("log", { capped: true, size: 1_000_000, max: 500 });
  const log = Array.from({ length: 600 }, (_, i) => ({ _id: (i * 7919) % 1000, i }));
  await shop.collection<{ _id: number; i: number }>("log").insertMany(log);
  await shop.createCollection("people", {
    validator: { $jsonSchema: { required: ["name"], properties: { name: { bsonType: "string" } } } },
    validationLevel: "strict",
    validationAction: "error",
  });
  await insertRaw(shop, "people", [serialize({ _id: 1, name: 5 })], keepAll);
  await shop
    .collection("people")
    .insertMany(Array.from({ length: 2000 }, (_, i) => ({ name: `p${i}`, at: new Date(i) })));
  await shop.collection("people").createIndexes([
    { key: { name: 1, at: -1 }, name: "byName" },
    { key: { email: 1 }, name: "uniqueMail", unique: true, partialFilterExpression: { email: { $exists: true } } },
    { key: { at: 1 }, name: "expiring", expireAfterSeconds: 2_000_000_000 },
    { key: { nick: 1 }, name: "sparseNick", sparse: true },
  ]);
  await shop.createCollection("adults", { viewOn: "people", pipeline: [{ $match: { age: { $gte: 18 } } }] });
  await client.db("files").collection("fs.files").insertOne({ filename: "a.bin", length: 3 });
  await client
    .db("files")
    .collection("fs.chunks")
    .insertOne({ n: 0, data: Buffer.from("abc") });
}

/** Two documents of nearly 16 MB. */
export async function fillHuge(client: MongoClient): Promise<void> {
  const big = (n: number) => serialize({ _id: n, filler: Buffer.alloc(16 * MEGABYTE - 64, n) });
  await insertRaw(client.db("files"), "big", [big(1)], keepAll);
  await insertRaw(client.db("files"), "big", [big(2)], keepAll);
}

/** A target with a life of its own: equal names, names of its own, a view where the source has a collection. */
export async function fillTarget(client: MongoClient): Promise<void> {
  const shop = client.db("shop");
  await shop.collection("people").insertMany(Array.from({ length: 50 }, (_, i) => ({ name: `old${i}` })));
  await shop.collection("people").createIndex({ name: 1 }, { name: "oldIndex" });
  await shop.collection("onlyHere").insertOne({ keep: false });
  await shop.createCollection("adults", { viewOn: "people", pipeline: [{ $match: { name: "old1" } }] });
  await shop.createCollection("empty", { viewOn: "people", pipeline: [] });
  await client
    .db("elsewhere")
    .collection("more")
    .insertMany([{ a: 1 }, { a: 2 }]);
  await client.db("elsewhere").createCollection("view", { viewOn: "more", pipeline: [] });
}
