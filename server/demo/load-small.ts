import type { Document, MongoClient } from "mongodb";
import { FIRST_NAMES, LAST_NAMES } from "./data/words";
import { Random } from "./random";

/** The smaller clusters: an older loyalty programme, a sandbox with notes, events of a preview. */
async function replace(client: MongoClient, database: string, name: string, documents: Document[]): Promise<void> {
  await client.db(database).dropDatabase();
  await client.db(database).collection(name).insertMany(documents, { ordered: false });
}

export async function loadLoyalty(client: MongoClient): Promise<void> {
  const random = new Random(7);
  const members = Array.from({ length: 4_000 }, (_, index) => ({
    _id: index + 1,
    name: `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`,
    points: random.int(0, 12_000),
    joinedAt: random.date(new Date("2019-01-01T00:00:00Z"), new Date("2025-01-01T00:00:00Z")),
  }));
  await replace(client, "loyalty", "members", members);
  await client.db("loyalty").collection("members").createIndex({ points: -1 });
}

export async function loadSandbox(client: MongoClient): Promise<void> {
  const random = new Random(11);
  const notes = Array.from({ length: 250 }, (_, index) => ({
    _id: random.objectId(new Date(1_760_000_000_000 + index * 60_000)),
    by: random.pick(FIRST_NAMES),
    text: `Try query ${index}`,
    done: random.chance(0.5),
  }));
  await replace(client, "sandbox", "notes", notes);
}

export async function loadPreview(client: MongoClient): Promise<void> {
  const random = new Random(13);
  const events = Array.from({ length: 1_500 }, (_, index) => ({
    _id: random.objectId(new Date(1_761_000_000_000 + index * 1_000)),
    kind: random.pick(["view", "search", "add", "pay"]),
    session: random.hex(12),
    value: random.int(0, 300),
  }));
  await replace(client, "preview", "events", events);
}
