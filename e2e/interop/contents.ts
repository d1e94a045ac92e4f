import { createHash } from "node:crypto";
import { EJSON } from "bson";
import {
  Binary,
  BSONRegExp,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  type Db,
  type Document,
} from "mongodb";

/** Everything in a database that a dump or a snapshot must bring back, in a form that can be compared. */
export type DatabaseContents = Record<
  string,
  { options: string; indexes: string[]; documents: number; sha256: string }
>;

/** Reads collections, options, indexes and every document's raw bytes, in `_id` order. */
export async function readContents(db: Db): Promise<DatabaseContents> {
  const contents: DatabaseContents = {};
  const collections = await db.listCollections({}, { nameOnly: false }).toArray();
  for (const collection of collections.sort((a, b) => a.name.localeCompare(b.name))) {
    const { name } = collection;
    if (name.startsWith("system.")) continue;
    const isView = collection.type === "view";
    const indexes = isView ? [] : await db.collection(name).listIndexes().toArray();
    const hash = createHash("sha256");
    let documents = 0;
    for await (const raw of db.collection(name).find({}, { raw: true }).sort({ _id: 1 })) {
      hash.update(raw as unknown as Buffer);
      documents++;
    }
    contents[name] = {
      options: EJSON.stringify("options" in collection ? collection.options : {}, { relaxed: false }),
      indexes: indexes.map((index) => EJSON.stringify(index, { relaxed: false })).sort(),
      documents,
      sha256: hash.digest("hex"),
    };
  }
  return contents;
}

/** Throws with every collection that differs. */
export function assertSameContents(got: DatabaseContents, want: DatabaseContents): void {
  const names = [...new Set([...Object.keys(want), ...Object.keys(got)])];
  const differences = names.flatMap((name) => {
    const [left, right] = [JSON.stringify(got[name]), JSON.stringify(want[name])];
    return left === right ? [] : `${name}\ngot  ${left}\nwant ${right}`;
  });
  if (differences.length > 0) throw new Error(differences.join("\n"));
}

/** Documents of every type, with ids of several kinds. */
function everyType(): Document[] {
  const values: unknown[] = [
    new Double(1.5),
    new Double(-0),
    "Grüße 你好 \u0000 end",
    {},
    { z: 1, a: { b: { c: [] } } },
    [1, "two", [3, { four: 4 }]],
    new Binary(Buffer.from([0, 1, 2, 255]), 0),
    new Binary(Buffer.alloc(16, 9), 4),
    new ObjectId("5f0000000000000000000001"),
    true,
    new Date(-1),
    null,
    new BSONRegExp("^a.*b$", "imx"),
    new Code("function () { return 1; }"),
    new Int32(-1),
    new Timestamp({ t: 1, i: 2 }),
    Long.fromString("9223372036854775807"),
    Decimal128.fromString("1.10"),
    Decimal128.fromString("NaN"),
    new MinKey(),
    new MaxKey(),
    "x".repeat(200_000),
  ];
  const ids: unknown[] = ["text", 5, new Double(5.5), { nested: 1 }, new ObjectId("5f0000000000000000000002"), true];
  return [
    ...values.map((value, index) => ({ _id: 1000 + index, value })),
    ...ids.map((id) => ({ _id: id })),
  ] as Document[];
}

/** Fills the database with what dumps have to carry: types, indexes of each kind, options, a validator, a view. */
export async function fillDatabase(db: Db): Promise<void> {
  await db.collection("types").insertMany(everyType());
  const people = Array.from({ length: 5000 }, (_, index) => ({
    _id: index as unknown as ObjectId,
    email: `person${index}@example.com`,
    age: index % 90,
    ...(index % 3 === 0 && { city: `City ${index % 17}` }),
    seenAt: new Date(1_700_000_000_000 + index * 1000),
  }));
  await db.createCollection("people", {
    validator: { email: { $type: "string" } },
    validationLevel: "moderate",
    validationAction: "warn",
  });
  await db.collection("people").insertMany(people);
  await db.collection("people").createIndexes([
    { key: { email: 1 }, name: "email_unique", unique: true },
    { key: { age: 1, email: -1 }, name: "age_email" },
    { key: { city: 1 }, name: "city_partial", partialFilterExpression: { city: { $exists: true } } },
    { key: { seenAt: 1 }, name: "seen_ttl", expireAfterSeconds: 2_000_000_000 },
  ]);
  await db.createCollection("empty");
  await db.createCollection("adults", { viewOn: "people", pipeline: [{ $match: { age: { $gte: 18 } } }] });
}
