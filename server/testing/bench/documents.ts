import { serialize, ObjectId } from "bson";

/** A small, fast generator with a seed (mulberry32): the same seed gives the same documents. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = (
  "amber basket canvas delta ember fabric garden harbor island jacket kettle lantern marble needle orchard pepper " +
  "quartz ribbon saddle timber umbrella velvet walnut yellow zephyr anchor bottle copper drawer engine feather"
).split(" ");

export interface BenchCollection {
  name: string;
  /** Share of the whole data set. */
  share: number;
  document(id: ObjectId, random: () => number): object;
}

const words = (random: () => number, count: number): string =>
  Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(" ");

const whole = (random: () => number, below: number): number => Math.floor(random() * below);

/** What a shop keeps: orders with lines, small events, and files in chunks that hardly compress. */
export const BENCH_COLLECTIONS: readonly BenchCollection[] = [
  {
    name: "orders",
    share: 0.6,
    document: (id, random) => ({
      _id: id,
      number: `SO-${whole(random, 1e9)}`,
      placedAt: new Date(1_700_000_000_000 + whole(random, 5e10)),
      customer: { name: words(random, 2), email: `${words(random, 1)}.${whole(random, 1e6)}@example.com` },
      lines: Array.from({ length: 1 + whole(random, 8) }, () => ({
        sku: `${words(random, 1)}-${whole(random, 1e5)}`,
        quantity: 1 + whole(random, 9),
        price: Math.round(random() * 1e4) / 100,
        note: words(random, 8),
      })),
      address: { street: words(random, 3), city: words(random, 1), zip: String(whole(random, 1e5)) },
      history: Array.from({ length: 3 }, () => ({ at: new Date(whole(random, 2e12)), state: words(random, 1) })),
    }),
  },
  {
    name: "events",
    share: 0.25,
    document: (id, random) => ({
      _id: id,
      at: new Date(1_700_000_000_000 + whole(random, 5e10)),
      kind: words(random, 1),
      session: whole(random, 2 ** 31),
      text: words(random, 12),
    }),
  },
  {
    name: "files.chunks",
    share: 0.15,
    document: (id, random) => {
      const data = Buffer.allocUnsafe(255 * 1024);
      for (let at = 0; at < data.length; at += 4) data.writeUInt32LE(whole(random, 2 ** 32), at);
      return { _id: id, files_id: id, n: 0, data };
    },
  },
];

/** Documents of one collection in batches of about `batchBytes`, until `totalBytes` are made. */
export function* documentBatches(
  collection: BenchCollection,
  totalBytes: number,
  batchBytes = 4 * 1024 * 1024,
): Generator<Buffer[]> {
  const random = randomNumbers(collection.name.length * 7919);
  let made = 0;
  let batch: Buffer[] = [];
  let inBatch = 0;
  for (let n = 0; made < totalBytes; n++) {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt32BE(1_700_000_000 + Math.floor(n / 1000), 0);
    bytes.writeUInt32BE(n, 8);
    const document = Buffer.from(serialize(collection.document(new ObjectId(bytes), random)));
    batch.push(document);
    inBatch += document.length;
    made += document.length;
    if (inBatch >= batchBytes) {
      yield batch;
      batch = [];
      inBatch = 0;
    }
  }
  if (batch.length > 0) yield batch;
}
