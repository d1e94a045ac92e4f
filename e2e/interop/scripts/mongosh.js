// Run by mongosh on the embedded server: the helpers that people use every day. Prints "ok NAME" or "not ok NAME # REASON".
/* global db, quit, EJSON, NumberLong, NumberDecimal, ObjectId, ISODate, BinData, Timestamp */

let failures = 0;

function check(name, body) {
  try {
    body();
    print(`ok ${name}`);
  } catch (error) {
    failures++;
    print(`not ok ${name} # ${String(error.message ?? error).replaceAll("\n", " ")}`);
  }
}

function equal(got, want) {
  const [left, right] = [got, want].map((value) => EJSON.stringify(value, { relaxed: false }));
  if (left !== right) throw new Error(`got ${left}, want ${right}`);
}

function refused(code, body) {
  try {
    body();
  } catch (error) {
    return equal(error.code, code);
  }
  throw new Error(`want code ${code}, was accepted`);
}

const shop = db.getSiblingDB("interop_mongosh");

check("db.hello(), db.version() and rs.status()", () => {
  equal(db.hello().isWritablePrimary, true);
  if (!/^\d+\.\d+\.\d+$/.test(db.version())) throw new Error(`version ${db.version()}`);
  equal(rs.status().members.length, 1);
});

check("insertOne, insertMany, find with sort, skip, limit and projection", () => {
  shop.items.insertOne({ _id: 1, name: "one", tags: ["a", "b"] });
  const many = Array.from({ length: 49 }, (_, i) => ({ _id: i + 2, name: `item ${i + 2}`, price: i * 1.5 }));
  equal(Object.keys(shop.items.insertMany(many).insertedIds).length, 49);
  const found = shop.items
    .find({ _id: { $gt: 10 } }, { name: 1 })
    .sort({ _id: -1 })
    .skip(1)
    .limit(2)
    .toArray();
  equal(found, [
    { _id: 49, name: "item 49" },
    { _id: 48, name: "item 48" },
  ]);
  equal(shop.items.countDocuments({ tags: "a" }), 1);
});

check("updateOne, updateMany, replaceOne, findOneAndUpdate, deleteOne", () => {
  equal(shop.items.updateOne({ _id: 1 }, { $set: { "size.w": 3 }, $push: { tags: "c" } }).modifiedCount, 1);
  equal(shop.items.updateMany({ _id: { $lte: 5 } }, { $inc: { stock: 1 } }).modifiedCount, 5);
  equal(shop.items.replaceOne({ _id: 2 }, { name: "two" }).modifiedCount, 1);
  equal(shop.items.findOneAndUpdate({ _id: 1 }, { $unset: { size: 1 } }, { returnDocument: "after" }).tags, [
    "a",
    "b",
    "c",
  ]);
  equal(shop.items.deleteOne({ _id: 50 }).deletedCount, 1);
});

check("every common BSON type comes back as it went", () => {
  const document = {
    _id: ObjectId("5f0000000000000000000001"),
    long: NumberLong("9007199254740993"),
    decimal: NumberDecimal("0.10"),
    date: ISODate("1969-12-31T23:59:59.999Z"),
    binary: BinData(0, "AAEC"),
    timestamp: Timestamp({ t: 1, i: 2 }),
    regex: /^a/i,
    nested: { empty: {}, list: [], null: null },
  };
  shop.types.insertOne(document);
  equal(shop.types.findOne(), document);
});

check("createIndex, getIndexes, a unique index, explain() names the index", () => {
  equal(shop.items.createIndex({ price: 1 }), "price_1");
  equal(
    shop.items.getIndexes().map((index) => index.name),
    ["_id_", "price_1"],
  );
  shop.people.createIndex({ email: 1 }, { unique: true });
  shop.people.insertOne({ email: "a@example.com" });
  refused(11000, () => shop.people.insertOne({ email: "a@example.com" }));
  const plan = EJSON.stringify(shop.items.find({ price: { $gt: 10 } }).explain().queryPlanner.winningPlan);
  if (!plan.includes("IXSCAN") || !plan.includes("price_1")) throw new Error(plan);
});

check("aggregate with $match, $group, $sort", () => {
  const pipeline = [
    { $match: { price: { $gte: 3 } } },
    { $group: { _id: null, n: { $sum: 1 }, max: { $max: "$price" } } },
  ];
  equal(shop.items.aggregate(pipeline).toArray(), [{ _id: null, n: 46, max: 70.5 }]);
});

check("getCollectionNames, stats(), renameCollection", () => {
  shop.types.renameCollection("kinds");
  equal(shop.getCollectionNames().sort(), ["items", "kinds", "people"]);
  equal(Number(shop.items.stats().count), 49);
  equal(Number(shop.stats().collections), 3);
});

check("createUser, and the server keeps to the user's roles", () => {
  const admin = db.getSiblingDB("admin");
  admin.createUser({ user: "interop-reader", pwd: "reader-password", roles: ["readAnyDatabase"] });
  equal(admin.getUser("interop-reader").roles, [{ role: "readAnyDatabase", db: "admin" }]);
  const host = db.hello().me ?? db.getMongo().getURI().replace(/^.*@/, "").replace(/\/.*$/, "");
  const address = `mongodb://interop-reader:reader-password@${host}/?directConnection=true&authSource=admin`;
  const reader = new Mongo(address).getDB("interop_mongosh");
  equal(reader.items.countDocuments({}), 49);
  refused(13, () => reader.items.insertOne({ a: 1 }));
  admin.dropUser("interop-reader");
});

check("an unknown command and an unknown operator are MongoDB's own errors", () => {
  refused(59, () => shop.runCommand({ noSuchCommand: 1 }));
  refused(2, () => shop.items.findOne({ a: { $noSuchOperator: 1 } }));
});

check("drop and dropDatabase", () => {
  equal(shop.kinds.drop(), true);
  equal(shop.dropDatabase().ok, 1);
  equal(
    db.adminCommand({ listDatabases: 1, nameOnly: true }).databases.some((d) => d.name === "interop_mongosh"),
    false,
  );
});

quit(failures === 0 ? 0 : 1);
