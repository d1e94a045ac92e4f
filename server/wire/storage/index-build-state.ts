import { CommandError } from "../command-error";
import type { CollectionEntry, IndexEntry } from "./catalog-entry";

/** What a build needs of the storage; all of it inside the running transaction. */
export interface EntryWriter {
  /** The entries of a document, as keys of the store; notes in the index what kinds of keys it has. */
  entryKeys(index: IndexEntry, recordKey: Buffer, doc: Buffer): Buffer[];
  /** Throws 11000 when the index is unique and another record has the same key. */
  putEntry(entry: CollectionEntry, index: IndexEntry, entryKey: Buffer, recordKey: Buffer): void;
  removeEntry(entryKey: Buffer): void;
}

/** Entries that are sorted together before they are written: in key order a page is written once, not for each entry. */
const PENDING_MAX = 100_000;
const LENGTH_CHARS = 2;

/**
 * An index that is being built. The scan collects the entries of documents up to `position`; sorted, they are written
 * piece by piece. What others write behind that position goes to the entries at once, and collected entries that it
 * takes away are remembered as `gone`. Nobody reads the entries yet.
 */
export class IndexBuild {
  /** The last record that the scan came to; null before the first. */
  position: Buffer | null = null;
  /** The scan has seen all records. */
  scanned = false;
  /** Why the index cannot be: the first document that it refused. */
  failed: CommandError | null = null;
  #pending: string[] = [];
  #written = 0;
  #sorted = false;
  #gone = new Set<string>();
  /** Changes of `gone` by the commit that runs, in order; forgotten with it when it fails. */
  #staged: Array<{ key: string; gone: boolean }> = [];
  #stagedFailure: CommandError | null = null;

  constructor(
    readonly uuid: Buffer,
    readonly collectionIdent: number,
    readonly index: IndexEntry,
    private readonly maintained: boolean,
    private readonly writer: EntryWriter,
  ) {
    this.scanned = !maintained;
  }

  get complete(): boolean {
    return this.failed !== null || (this.scanned && this.#pending.length === 0);
  }

  /** Whether the collected entries are to be written before the scan goes on. */
  get full(): boolean {
    return this.#sorted || this.scanned || this.#pending.length >= PENDING_MAX;
  }

  /** The scan has come to these records; their number is small, because they are sorted at once. */
  collect(records: Iterable<{ recordKey: Buffer; doc: Buffer }>, more: () => boolean): void {
    const run: string[] = [];
    const goesOn = this.#attempt(() => {
      for (const { recordKey, doc } of records) {
        for (const key of this.writer.entryKeys(this.index, recordKey, doc)) run.push(packed(key, recordKey));
        this.position = recordKey;
        if (!more()) return true;
      }
      return false;
    });
    this.scanned = goesOn === false;
    for (const item of run.sort()) this.#pending.push(item);
  }

  /** Writes collected entries in their order while there is time. */
  write(entry: CollectionEntry, more: () => boolean): void {
    // The runs are sorted already, so this only merges them.
    if (!this.#sorted) this.#pending.sort();
    this.#sorted = true;
    const done = this.#attempt(() => {
      while (this.#written < this.#pending.length) {
        const { entryKey, recordKey } = unpacked(this.#pending[this.#written]!);
        this.#written += 1;
        if (!this.#gone.has(entryKey.toString("latin1"))) this.writer.putEntry(entry, this.index, entryKey, recordKey);
        if (!more()) return false;
      }
      return true;
    });
    if (!done) return;
    this.#pending = [];
    this.#written = 0;
    this.#sorted = false;
    this.#gone.clear();
  }

  /** Somebody writes a record. What the scan has not come to yet it will find as it then is. */
  follow(entry: CollectionEntry, recordKey: Buffer, before: Buffer | null, after: Buffer | null): void {
    if (!this.maintained || this.failed) return;
    if (!this.scanned && (this.position === null || recordKey.compare(this.position) > 0)) return;
    try {
      for (const key of before ? this.writer.entryKeys(this.index, recordKey, before) : []) {
        this.writer.removeEntry(key);
        this.#staged.push({ key: key.toString("latin1"), gone: true });
      }
      for (const key of after ? this.writer.entryKeys(this.index, recordKey, after) : []) {
        this.writer.putEntry(entry, this.index, key, recordKey);
        this.#staged.push({ key: key.toString("latin1"), gone: false });
      }
    } catch (error) {
      // It ends the build, not the write: the index is nobody's business before it is there.
      if (!(error instanceof CommandError)) throw error;
      this.#stagedFailure = error;
    }
  }

  /** The commit that `follow` was told of has ended. */
  settle(committed: boolean): void {
    if (committed) {
      this.failed ??= this.#stagedFailure;
      for (const { key, gone } of this.#staged) {
        if (gone) this.#gone.add(key);
        else this.#gone.delete(key);
      }
    }
    this.#staged = [];
    this.#stagedFailure = null;
  }

  #attempt<T>(run: () => T): T | null {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.failed = error;
      return null;
    }
  }
}

/** Entry key, record key and the length of the former: as text it is small and sorts fast, in the order of bytes. */
function packed(entryKey: Buffer, recordKey: Buffer): string {
  const length = String.fromCharCode(entryKey.length >> 8, entryKey.length & 0xff);
  return entryKey.toString("latin1") + recordKey.toString("latin1") + length;
}

function unpacked(item: string): { entryKey: Buffer; recordKey: Buffer } {
  const end = item.length - LENGTH_CHARS;
  const length = (item.charCodeAt(end) << 8) | item.charCodeAt(end + 1);
  const bytes = Buffer.from(item, "latin1");
  return { entryKey: bytes.subarray(0, length), recordKey: bytes.subarray(length, end) };
}
