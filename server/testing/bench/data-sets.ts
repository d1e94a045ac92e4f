import { serialize, ObjectId } from "bson";

/** A small, fast generator with a seed (mulberry32): the same seed gives the same documents. */
function randomNumbers(seed: number): () => number {
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

const words = (random: () => number, count: number): string =>
  Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(" ");

const whole = (random: () => number, below: number): number => Math.floor(random() * below);

export interface BenchCollection {
  name: string;
  /** Share of the whole data set. */
  share: number;
  /** A secondary index, built after loading. */
  index?: string;
  document(id: ObjectId, random: () => number): object;
}

const event = (id: ObjectId, random: () => number): object => ({
  _id: id,
  at: new Date(1_700_000_000_000 + whole(random, 5e10)),
  kind: words(random, 1),
  session: whole(random, 2 ** 31),
  text: words(random, 12),
});

const order = (id: ObjectId, random: () => number): object => ({
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
});

/** Half of it text, half of it bytes that do not compress: 1 to 7 MB. */
const file = (id: ObjectId, random: () => number): object => {
  const half = 500_000 + whole(random, 3_000_000);
  const data = Buffer.allocUnsafe(half - (half % 4));
  for (let at = 0; at < data.length; at += 4) data.writeUInt32LE(whole(random, 2 ** 32), at);
  return { _id: id, name: words(random, 3), text: words(random, 200).repeat(Math.ceil(half / 1300)), data };
};

/** Data sets by what is hard about them. */
export const DATA_SETS = {
  /** Per-document costs: some 180 bytes each, in eight collections. */
  small: Array.from({ length: 8 }, (_, i) => ({ name: `events${i}`, share: 1 / 8, document: event })),
  /** Memory: documents of megabytes, in two collections. */
  large: ["files", "drafts"].map((name) => ({ name, share: 1 / 2, document: file })),
  /** One collection holds everything: some 800 bytes each, and a secondary index. */
  huge: [{ name: "orders", share: 1, index: "number", document: order }],
} satisfies Record<string, BenchCollection[]>;

export type DataSetName = keyof typeof DATA_SETS;

/** The n-th document's `_id`, so that documents can be found again. */
export function benchId(n: number): ObjectId {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(1_700_000_000 + Math.floor(n / 1000), 0);
  bytes.writeUInt32BE(n, 8);
  return new ObjectId(bytes);
}

/** Documents of one collection as bytes, until `totalBytes` are made. */
export function* documentsOf(collection: BenchCollection, totalBytes: number): Generator<Buffer> {
  const random = randomNumbers([...collection.name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
  let made = 0;
  for (let n = 0; made < totalBytes; n++) {
    const document = Buffer.from(serialize(collection.document(benchId(n), random)));
    made += document.length;
    yield document;
  }
}
