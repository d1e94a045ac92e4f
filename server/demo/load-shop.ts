import { GridFSBucket, type Collection, type Db as MongoDb, type Document, type MongoClient } from "mongodb";
import { auditEntries, customers, orders, products, reviews, sessions } from "./data/shop";
import { Random } from "./random";

/** How much of each; the large one is the production cluster. */
export interface ShopSize {
  readonly customers: number;
  readonly products: number;
  readonly orders: number;
  readonly reviews: number;
  readonly sessions: number;
  readonly audit: number;
  readonly receipts: number;
}

export const PRODUCTION: ShopSize = {
  customers: 30_000,
  products: 2_000,
  orders: 130_000,
  reviews: 22_000,
  sessions: 11_000,
  audit: 5_000,
  receipts: 40,
};

export const STAGING: ShopSize = {
  customers: 600,
  products: 200,
  orders: 2_000,
  reviews: 300,
  sessions: 100,
  audit: 200,
  receipts: 3,
};

const BATCH = 2_000;
const IN_FLIGHT = 3;
const SEED = 20_230_301;
const CAPPED_BYTES = 8 * 1024 * 1024;

/** Inserts a stream in large batches, a few under way at once. */
async function insertAll(collection: Collection, documents: Iterable<Document>): Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  let batch: Document[] = [];
  const send = async () => {
    if (batch.length === 0) return;
    while (underWay.size >= IN_FLIGHT) await Promise.race(underWay);
    const sending: Promise<unknown> = collection
      .insertMany(batch, { ordered: false })
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
    batch = [];
  };
  for (const document of documents) {
    batch.push(document);
    if (batch.length >= BATCH) await send();
  }
  await send();
  await Promise.all(underWay);
}

async function createCollections(shop: MongoDb, ops: MongoDb): Promise<void> {
  await shop.createCollection("customers", {
    validator: {
      $jsonSchema: {
        bsonType: "object",
        required: ["email", "name", "since"],
        properties: { email: { bsonType: "string", pattern: "^.+@.+$" }, since: { bsonType: "date" } },
      },
    },
    validationLevel: "moderate",
  });
  await shop.createCollection("orders", {
    validator: { status: { $in: ["open", "paid", "shipped", "delivered", "returned", "cancelled"] } },
    validationAction: "error",
  });
  await ops.createCollection("auditLog", { capped: true, size: CAPPED_BYTES });
  await shop.createCollection("activeCustomers", {
    viewOn: "customers",
    pipeline: [{ $match: { deactivatedAt: { $exists: false } } }, { $project: { email: 1, name: 1, loyalty: 1 } }],
  });
  await shop.createCollection("openOrders", {
    viewOn: "orders",
    pipeline: [{ $match: { status: { $in: ["open", "paid"] } } }],
  });
}

async function createIndexes(shop: MongoDb): Promise<void> {
  await shop.collection("customers").createIndexes([
    { key: { email: 1 }, name: "email_unique", unique: true },
    { key: { "name.last": 1, "name.first": 1 }, name: "by_name" },
  ]);
  await shop.collection("orders").createIndexes([
    { key: { number: 1 }, name: "number_unique", unique: true },
    { key: { customerId: 1, placedAt: -1 }, name: "by_customer" },
    {
      key: { placedAt: 1 },
      name: "waiting",
      partialFilterExpression: { status: { $in: ["open", "paid"] } },
    },
  ]);
  await shop.collection("sessions").createIndexes([{ key: { expiresAt: 1 }, name: "ttl", expireAfterSeconds: 0 }]);
  await shop.collection("products").createIndexes([{ key: { category: 1, price: 1 }, name: "by_category" }]);
}

/** Receipts as a GridFS bucket: small texts, and one scan of several chunks. */
async function storeReceipts(media: MongoDb, random: Random, count: number): Promise<void> {
  const bucket = new GridFSBucket(media, { bucketName: "receipts" });
  for (let index = 0; index < count; index++) {
    const scanned = index % 20 === 0;
    const content = scanned ? random.bytes(700_000) : Buffer.from(`Fernhollow receipt ${index}\n`.repeat(400));
    const at = random.date(new Date("2024-01-01T00:00:00Z"), new Date("2026-10-01T00:00:00Z"));
    const upload = bucket.openUploadStreamWithId(random.objectId(at), `receipt-${index}.${scanned ? "pdf" : "txt"}`, {
      metadata: { order: `FH-${100_000 + index}` },
    });
    upload.end(content);
    await new Promise<void>((resolve, reject) => upload.once("finish", () => resolve()).once("error", reject));
  }
}

/** Fills an empty cluster with the shop. Drops first what an earlier attempt left. */
export async function loadShop(client: MongoClient, size: ShopSize): Promise<void> {
  const [shop, ops, media] = [client.db("shop"), client.db("ops"), client.db("media")];
  for (const database of [shop, ops, media]) await database.dropDatabase();
  await createCollections(shop, ops);
  const buyers = [...customers(new Random(SEED), size.customers)];
  const goods = [...products(new Random(SEED + 1), size.products)];
  await insertAll(shop.collection("products"), goods);
  await insertAll(shop.collection("customers"), buyers);
  await insertAll(shop.collection("orders"), orders(new Random(SEED + 2), size.orders, buyers, goods));
  await Promise.all([
    insertAll(shop.collection("reviews"), reviews(new Random(SEED + 3), size.reviews, buyers, goods)),
    insertAll(shop.collection("sessions"), sessions(new Random(SEED + 4), size.sessions, buyers)),
    insertAll(ops.collection("auditLog"), auditEntries(new Random(SEED + 5), size.audit)),
    storeReceipts(media, new Random(SEED + 6), size.receipts),
  ]);
  await createIndexes(shop);
}
