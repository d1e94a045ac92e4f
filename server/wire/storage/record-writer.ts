import { encodeIdKey } from "@/server/engine/bson/key";
import { commandError } from "../command-error";
import { compileIndex, prefixRange } from "../query/index-keys";
import type { CollectionEntry, IndexEntry } from "./catalog-entry";
import { duplicateKey } from "./duplicate-key";
import type { EntryWriter } from "./index-build-state";
import type { IndexBuilds } from "./index-builds";
import type { Stores } from "./lmdb/environment";
import { boundKey, INDEX_KEY_MAX, isShortened, prefixed, RECORD_KEY_MAX, recordNumberKey } from "./lmdb/record-key";

/** Whether entries of this index are kept; the _id index of an ordinary collection is the order of the records. */
export function isMaintained(index: IndexEntry): boolean {
  return index.ident !== 0 && compileIndex(index.query).kind === "btree";
}

interface IndexKeys {
  index: IndexEntry;
  keys: Buffer[];
  multikey: boolean;
}

function keysOf(index: IndexEntry, doc: Buffer): IndexKeys {
  const compiled = compileIndex(index.query);
  if (!compiled.includes(doc)) return { index, keys: [], multikey: false };
  const { keys, multikey } = compiled.keys(doc);
  return { index, keys: keys.map((key) => boundKey(key, INDEX_KEY_MAX)), multikey };
}

/** The record key of a document in an ordinary collection: its encoded _id. */
export function idRecordKey(doc: Buffer): Buffer {
  return boundKey(encodeIdKey(doc), RECORD_KEY_MAX);
}

/**
 * Writes documents and their index entries inside the running transaction. Checks come first, so that a document that
 * is refused leaves nothing behind and the others of its batch can stay.
 */
export class RecordWriter {
  constructor(
    private readonly stores: Stores,
    private readonly builds: IndexBuilds,
  ) {}

  /** Throws 11000. Returns the record key. */
  insert(entry: CollectionEntry, doc: Buffer): Buffer {
    const recordKey = entry.capped ? recordNumberKey(entry.nextRecord) : idRecordKey(doc);
    const key = prefixed(entry.ident, recordKey);
    if (!entry.capped && this.stores.documents.doesExist(key)) throw duplicateKey(entry, entry.indexes[0]!, doc);
    const added = entry.indexes.filter(isMaintained).map((index) => keysOf(index, doc));
    for (const keys of added) this.assertUnique(entry, keys, recordKey, doc);
    this.stores.documents.putSync(key, doc);
    for (const keys of added) this.addKeys(keys, recordKey);
    for (const build of this.builds.of(entry.ident)) build.follow(entry, recordKey, null, doc);
    entry.nextRecord += 1;
    entry.count += 1;
    entry.bytes += doc.length;
    return recordKey;
  }

  /** Replaces a document by one with the same _id. Throws 11000. */
  update(entry: CollectionEntry, recordKey: Buffer, before: Buffer, after: Buffer): void {
    const indexes = entry.indexes.filter(isMaintained);
    const changes = indexes.map((index) => ({ old: keysOf(index, before), now: keysOf(index, after) }));
    for (const { now } of changes) this.assertUnique(entry, now, recordKey, after);
    this.stores.documents.putSync(prefixed(entry.ident, recordKey), after);
    for (const { old, now } of changes) this.exchangeKeys(old, now, recordKey);
    for (const build of this.builds.of(entry.ident)) build.follow(entry, recordKey, before, after);
    entry.bytes += after.length - before.length;
  }

  remove(entry: CollectionEntry, recordKey: Buffer, before: Buffer): void {
    this.stores.documents.removeSync(prefixed(entry.ident, recordKey));
    for (const index of entry.indexes) if (isMaintained(index)) this.removeKeys(keysOf(index, before), recordKey);
    for (const build of this.builds.of(entry.ident)) build.follow(entry, recordKey, before, null);
    entry.count -= 1;
    entry.bytes -= before.length;
  }

  /** For builds of indexes. */
  readonly entryWriter: EntryWriter = {
    entryKeys: (index, recordKey, doc) => {
      const keys = keysOf(index, doc);
      noteKinds(keys);
      return keys.keys.map((key) => entryKey(index, key, recordKey));
    },
    putEntry: (entry, index, key, recordKey) => {
      if (index.unique) this.assertUniqueEntry(entry, index, key, recordKey);
      this.stores.indexes.putSync(key, recordKey);
    },
    removeEntry: (key) => void this.stores.indexes.removeSync(key),
  };

  private assertUniqueEntry(entry: CollectionEntry, index: IndexEntry, key: Buffer, recordKey: Buffer): void {
    const { from, to } = prefixRange(key.subarray(0, key.length - boundKey(recordKey, INDEX_KEY_MAX).length));
    for (const { value } of this.stores.indexes.getRange({ start: from, end: to, limit: 2 })) {
      if (value.equals(recordKey)) continue;
      throw duplicateKey(entry, index, this.stores.documents.get(prefixed(entry.ident, recordKey))!);
    }
  }

  private exchangeKeys(old: IndexKeys, now: IndexKeys, recordKey: Buffer): void {
    if (old.keys.length === 0) return this.addKeys(now, recordKey);
    const kept = new Set(now.keys.map((key) => key.toString("latin1")));
    const had = new Set(old.keys.map((key) => key.toString("latin1")));
    this.removeKeys({ ...old, keys: old.keys.filter((key) => !kept.has(key.toString("latin1"))) }, recordKey);
    this.addKeys({ ...now, keys: now.keys.filter((key) => !had.has(key.toString("latin1"))) }, recordKey);
  }

  private assertUnique(entry: CollectionEntry, keys: IndexKeys, recordKey: Buffer, doc: Buffer): void {
    if (!keys.index.unique) return;
    for (const key of keys.keys) {
      const { from, to } = prefixRange(prefixed(keys.index.ident, key));
      for (const { value } of this.stores.indexes.getRange({ start: from, end: to, limit: 2 })) {
        if (!value.equals(recordKey)) throw duplicateKey(entry, keys.index, doc);
      }
    }
  }

  private addKeys(added: IndexKeys, recordKey: Buffer): void {
    noteKinds(added);
    for (const key of added.keys) this.stores.indexes.putSync(entryKey(added.index, key, recordKey), recordKey);
  }

  private removeKeys({ index, keys }: IndexKeys, recordKey: Buffer): void {
    for (const key of keys) this.stores.indexes.removeSync(entryKey(index, key, recordKey));
  }
}

/** What queries have to know of an index's keys. */
function noteKinds({ index, keys, multikey }: IndexKeys): void {
  if (!index.shortened && keys.some((key) => isShortened(key, INDEX_KEY_MAX))) index.shortened = true;
  if (multikey && !index.query.multikey) index.query = { ...index.query, multikey: true };
}

function entryKey(index: IndexEntry, key: Buffer, recordKey: Buffer): Buffer {
  return prefixed(index.ident, Buffer.concat([key, boundKey(recordKey, INDEX_KEY_MAX)]));
}

/** Refuses a document that no server would store. */
export function assertStorable(doc: Buffer, maxBytes: number): void {
  if (doc.length > maxBytes) {
    throw commandError(
      10334,
      `BSONObj size: ${doc.length} (0x${doc.length.toString(16).toUpperCase()}) is invalid. Size must be between 0 and ${maxBytes}(16MB)`,
    );
  }
}
