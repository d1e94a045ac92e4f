import fc from "fast-check";
import { int32, rawDocument } from "../bson/bson-arbitrary";
import { BSON_TYPE } from "../bson/document";
import { encodeIdKey } from "../bson/key";
import type { Entry, TreeParams } from "./types";

/** Nodes of a few entries, so that small data makes tall trees. */
export const TINY: TreeParams = { leafTargetBytes: 160, innerTargetBytes: 200, keys: "fromId" };

/** A document with this number as its id and a filling of this many bytes. */
export function numbered(id: number, version = 0, fillBytes = 0): Entry & { doc: Buffer } {
  const doc = rawDocument([
    ["_id", { type: BSON_TYPE.int32, bytes: int32(id) }],
    ["v", { type: BSON_TYPE.int32, bytes: int32(version) }],
    ["f", { type: BSON_TYPE.binData, bytes: Buffer.concat([int32(fillBytes), Buffer.alloc(fillBytes + 1, 0)]) }],
  ]);
  return { key: encodeIdKey(doc), doc };
}

/** A document with this text as its id. */
export function named(id: string, version = 0): Entry & { doc: Buffer } {
  const text = Buffer.from(`${id}\0`, "utf8");
  const doc = rawDocument([
    ["_id", { type: BSON_TYPE.string, bytes: Buffer.concat([int32(text.length), text]) }],
    ["v", { type: BSON_TYPE.int32, bytes: int32(version) }],
  ]);
  return { key: encodeIdKey(doc), doc };
}

const LONG = "long".repeat(80);

/** Documents with ids that are near each other, some huge, some with long keys that begin alike. */
const document = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.nat(400), fc.nat(3)).map(([id, version]) => numbered(id, version)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(400), fc.nat(1)).map(([id, version]) => numbered(id, version, 20 + (id % 90))),
  },
  { weight: 1, arbitrary: fc.tuple(fc.nat(400), fc.nat(1)).map(([id, version]) => numbered(id, version, 300)) },
  { weight: 2, arbitrary: fc.tuple(fc.nat(30), fc.nat(3)).map(([id, version]) => named(LONG + id, version)) },
);

export type Documents = ReadonlyArray<Entry & { doc: Buffer }>;

/** The documents by key, sorted, the last one of a key winning. */
export function sorted(entries: Iterable<Entry>): Entry[] {
  const byKey = new Map<string, Entry>();
  for (const entry of entries) byKey.set(entry.key.toString("hex"), entry);
  return [...byKey.values()].sort((a, b) => Buffer.compare(a.key, b.key));
}

/** Sorted documents of distinct keys. */
export const documentsArbitrary: fc.Arbitrary<Documents> = fc
  .array(document, { maxLength: 250, size: "max" })
  .map((list) => sorted(list) as Array<Entry & { doc: Buffer }>);

/** Sorted edits of distinct keys: documents and deletions. */
export const editsArbitrary: fc.Arbitrary<Entry[]> = fc
  .array(fc.tuple(document, fc.boolean()), { maxLength: 40, size: "max" })
  .map((list) => sorted(list.map(([{ key, doc }, remove]) => ({ key, doc: remove ? null : doc }))));

/** What a collection holds after edits, worked out without any tree. */
export function edited(documents: Iterable<Entry>, edits: Iterable<Entry>): Entry[] {
  return sorted([...documents, ...edits]).filter((entry) => entry.doc !== null);
}

/** Comparable form of entries. */
export function plain(entries: Iterable<Entry>): Array<[string, string | null]> {
  return Array.from(entries, ({ key, doc }) => [key.toString("hex"), doc?.toString("hex") ?? null]);
}
