import type { DocumentEntry } from "./layers";
import { BatchCursor } from "./overlay";
import type { ScanStep } from "./scan-steps";
import type { Edit, Entry } from "./types";

/** How many documents the edits so far add, remove and change. */
export interface EditCounts {
  inserted: number;
  deleted: number;
  changed: number;
}

/** Deltas may hold any number of entries between two of the stream. */
const EDITS_HELD_MAX = 1000;

/** What lies beyond every key. */
const END = Symbol("end");
type Reached = Buffer | typeof END | null;

/**
 * Turns steps into edits: the old state is the base's entries under those of the deltas. Entries wait until both sides
 * are known up to their key. Edits are copies, because what comes from a source is a view of a large reply.
 */
export class EditFinder {
  readonly counts: EditCounts = { inserted: 0, deleted: 0, changed: 0 };
  readonly #deltas: BatchCursor;
  /** Equal documents have equal keys, so that the key of an old one need not be worked out. */
  readonly #keysFollowDocuments: boolean;
  readonly #news = new Queue<DocumentEntry>();
  readonly #olds = new Queue<Entry>();
  #newReached: Reached = null;
  #oldReached: Reached = null;
  #edits: Edit[] = [];

  readonly #sink: (edits: Edit[]) => Promise<void>;

  /** `deltas` are the merged entries of all old deltas, tombstones included; `sink` gets edits whenever many are certain. */
  constructor(
    deltas: AsyncIterable<readonly Entry[]>,
    keysFollowDocuments: boolean,
    sink: (edits: Edit[]) => Promise<void>,
  ) {
    this.#sink = sink;
    this.#deltas = new BatchCursor(deltas);
    this.#keysFollowDocuments = keysFollowDocuments;
  }

  async open(): Promise<void> {
    await this.#deltas.nextBatch();
  }

  async close(): Promise<void> {
    await this.#deltas.close();
  }

  /** Gives the sink what is certain after this step, ascending. */
  async take(step: ScanStep): Promise<void> {
    const lastKey = step.entries.at(-1)!.key;
    if (step.kind === "same") {
      // Whatever waits lies before this leaf.
      this.#newReached = this.#oldReached = END;
      await this.#compareKnown();
      await this.#compareWithDeltas(step.entries);
      this.#newReached = this.#oldReached = lastKey;
    } else if (step.kind === "new") {
      this.#news.push(step.entries);
      this.#newReached = lastKey;
    } else {
      this.#olds.push(step.entries);
      this.#oldReached = lastKey;
    }
    if (step.oldEnded) this.#oldReached = END;
    await this.#compareKnown();
    await this.#sink(this.#taken());
  }

  /** The rest, after the last step; where the stream goes on, nothing that lies beyond what came of it. */
  async finish(isWholeStream: boolean): Promise<void> {
    if (isWholeStream) this.#newReached = END;
    this.#oldReached = END;
    await this.#compareKnown();
    await this.#removeDeltasThrough(this.#newReached);
    await this.#sink(this.#taken());
  }

  #taken(): Edit[] {
    const edits = this.#edits;
    this.#edits = [];
    return edits;
  }

  async #compareKnown(): Promise<void> {
    for (;;) {
      const found = this.#news.head;
      const old = this.#olds.head;
      if (found && old) {
        const order = this.#order(found, old);
        const key = order <= 0 ? found.key : old.key;
        const waited = this.#compare(key, order <= 0 ? found.doc : null, order >= 0 ? old.doc : null);
        if (waited) await waited;
        if (order <= 0) this.#news.shift();
        if (order >= 0) this.#olds.shift();
      } else if (found && isWithin(found.key, this.#oldReached)) {
        const waited = this.#compare(found.key, found.doc, null);
        if (waited) await waited;
        this.#news.shift();
      } else if (old && isWithin(old.key, this.#newReached)) {
        const waited = this.#compare(old.key, null, old.doc);
        if (waited) await waited;
        this.#olds.shift();
      } else return;
    }
  }

  #order(found: DocumentEntry, old: Entry): number {
    if (this.#keysFollowDocuments && old.doc && found.doc.equals(old.doc)) return 0;
    return Buffer.compare(found.key, old.key);
  }

  /** One key, with the stream's document and the base's. */
  #compare(key: Buffer, found: Buffer | null, base: Buffer | null): Promise<void> | undefined {
    const delta = this.#deltas.entry;
    if (delta && Buffer.compare(delta.key, key) <= 0) return this.#compareUnderDelta(key, found, base);
    this.#add(key, found, base);
    return undefined;
  }

  async #compareUnderDelta(key: Buffer, found: Buffer | null, base: Buffer | null): Promise<void> {
    await this.#removeDeltasBefore(key);
    const delta = this.#deltas.entry;
    if (!delta?.key.equals(key)) return this.#add(key, found, base);
    this.#add(key, found, delta.doc);
    await this.#nextDelta();
  }

  /** The documents of a leaf that the base has too: only where a delta hid them may they differ from the old state. */
  async #compareWithDeltas(entries: readonly DocumentEntry[]): Promise<void> {
    const lastKey = entries.at(-1)!.key;
    let at = 0;
    while (this.#deltas.entry && Buffer.compare(this.#deltas.entry.key, lastKey) <= 0) {
      const { key, doc } = this.#deltas.entry;
      while (Buffer.compare(entries[at]!.key, key) < 0) at += 1;
      const found = entries[at]!;
      this.#add(key, found.key.equals(key) ? found.doc : null, doc);
      await this.#nextDelta();
    }
  }

  /** Documents that only deltas have and the stream has not. */
  async #removeDeltasBefore(key: Buffer): Promise<void> {
    while (this.#deltas.entry && Buffer.compare(this.#deltas.entry.key, key) < 0) {
      this.#add(this.#deltas.entry.key, null, this.#deltas.entry.doc);
      await this.#nextDelta();
    }
  }

  async #removeDeltasThrough(reached: Reached): Promise<void> {
    while (this.#deltas.entry && isWithin(this.#deltas.entry.key, reached)) {
      this.#add(this.#deltas.entry.key, null, this.#deltas.entry.doc);
      await this.#nextDelta();
    }
  }

  async #nextDelta(): Promise<void> {
    if (this.#edits.length >= EDITS_HELD_MAX) await this.#sink(this.#taken());
    if (!this.#deltas.step()) await this.#deltas.nextBatch();
  }

  #add(key: Buffer, found: Buffer | null, old: Buffer | null): void {
    if (found === null ? old === null : old !== null && found.equals(old)) return;
    if (found === null) this.counts.deleted += 1;
    else if (old === null) this.counts.inserted += 1;
    else this.counts.changed += 1;
    this.#edits.push({ key: Buffer.from(key), doc: found && Buffer.from(found) });
  }
}

function isWithin(key: Buffer, reached: Reached): boolean {
  return reached === END || (reached !== null && Buffer.compare(key, reached) <= 0);
}

/** Entries in order, from batches that are let go when they are used up. */
class Queue<T> {
  readonly #batches: Array<readonly T[]> = [];
  #at = 0;

  get head(): T | undefined {
    return this.#batches[0]?.[this.#at];
  }

  push(batch: readonly T[]): void {
    if (batch.length > 0) this.#batches.push(batch);
  }

  shift(): void {
    this.#at += 1;
    if (this.#at < this.#batches[0]!.length) return;
    this.#batches.shift();
    this.#at = 0;
  }
}
