import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { assertNotAborted } from "./abort";
import type { DocumentEntry } from "../tree";

/**
 * Sorts documents by key with bounded memory: runs of up to RUN_BYTES are sorted and written to temporary files, then
 * merged. The files are encrypted with a key that never leaves this process, and removed at the end.
 */
const RUN_BYTES = 64 * 1024 * 1024;
/** What a kept document costs beside its bytes. */
const ENTRY_OVERHEAD_BYTES = 200;
const GROUP_BYTES = 1024 * 1024;
const READ_BYTES = 256 * 1024;

export async function* sortExternally(
  groups: AsyncIterable<DocumentEntry[]>,
  signal: AbortSignal,
  runBytes = RUN_BYTES,
): AsyncGenerator<DocumentEntry[]> {
  const spill = new SpillFolder();
  try {
    let run: DocumentEntry[] = [];
    let bytes = 0;
    for await (const group of groups) {
      assertNotAborted(signal);
      for (const { key, doc } of group) {
        run.push({ key, doc: Buffer.from(doc) });
        bytes += key.length + doc.length + ENTRY_OVERHEAD_BYTES;
        if (bytes < runBytes) continue;
        await spill.write(sorted(run));
        run = [];
        bytes = 0;
      }
    }
    const sources = [...spill.readers(), inMemory(sorted(run))];
    for await (const group of grouped(merge(sources))) {
      assertNotAborted(signal);
      yield group;
    }
  } finally {
    await spill.remove();
  }
}

function sorted(run: DocumentEntry[]): DocumentEntry[] {
  return run.sort((a, b) => Buffer.compare(a.key, b.key));
}

async function* inMemory(run: DocumentEntry[]): AsyncGenerator<DocumentEntry> {
  yield* run;
}

async function* grouped(entries: AsyncIterable<DocumentEntry>): AsyncGenerator<DocumentEntry[]> {
  let group: DocumentEntry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    group.push(entry);
    bytes += entry.doc.length;
    if (bytes < GROUP_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

/** Takes the smallest head again and again; a binary heap over the sources. */
async function* merge(sources: Array<AsyncGenerator<DocumentEntry>>): AsyncGenerator<DocumentEntry> {
  const heap: Array<{ entry: DocumentEntry; source: AsyncGenerator<DocumentEntry> }> = [];
  const less = (a: number, b: number): boolean => Buffer.compare(heap[a]!.entry.key, heap[b]!.entry.key) < 0;
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  const sink = (from: number): void => {
    for (let at = from; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && less(child, least)) least = child;
      if (least === at) return;
      swap(at, least);
      at = least;
    }
  };
  try {
    for (const source of sources) {
      const head = await source.next();
      if (!head.done) heap.push({ entry: head.value, source });
    }
    for (let at = heap.length >> 1; at >= 0; at -= 1) sink(at);
    while (heap.length > 0) {
      const top = heap[0]!;
      yield top.entry;
      const following = await top.source.next();
      if (following.done) {
        const last = heap.pop()!;
        if (heap.length > 0) heap[0] = last;
      } else {
        top.entry = following.value;
      }
      sink(0);
    }
  } finally {
    for (const source of sources) await source.return(undefined);
  }
}

/** Runs on disk: frames of two lengths, key and document. */
class SpillFolder {
  #folder: string | null = null;
  readonly #files: Array<{ path: string; iv: Buffer }> = [];
  readonly #key = randomBytes(32);

  async write(run: DocumentEntry[]): Promise<void> {
    this.#folder ??= await mkdtemp(join(tmpdir(), "holdfast-sort-"));
    const file = { path: join(this.#folder, String(this.#files.length)), iv: randomBytes(16) };
    this.#files.push(file);
    const cipher = createCipheriv("aes-256-ctr", this.#key, file.iv);
    await pipeline(Readable.from(frames(run)), cipher, createWriteStream(file.path, { mode: 0o600 }));
  }

  readers(): Array<AsyncGenerator<DocumentEntry>> {
    return this.#files.map(({ path, iv }) => this.#read(path, iv));
  }

  async *#read(path: string, iv: Buffer): AsyncGenerator<DocumentEntry> {
    const decipher = createDecipheriv("aes-256-ctr", this.#key, iv);
    const stream = createReadStream(path, { highWaterMark: READ_BYTES });
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of stream) {
      rest = Buffer.concat([rest, decipher.update(chunk as Buffer)]);
      let at = 0;
      while (at + 8 <= rest.length) {
        const keyEnd = at + 8 + rest.readUInt32LE(at);
        const end = keyEnd + rest.readUInt32LE(at + 4);
        if (end > rest.length) break;
        yield { key: rest.subarray(at + 8, keyEnd), doc: rest.subarray(keyEnd, end) };
        at = end;
      }
      rest = rest.subarray(at);
    }
  }

  async remove(): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }
}

function* frames(run: DocumentEntry[]): Generator<Buffer> {
  for (const { key, doc } of run) {
    const head = Buffer.allocUnsafe(8);
    head.writeUInt32LE(key.length, 0);
    head.writeUInt32LE(doc.length, 4);
    yield head;
    yield key;
    yield doc;
  }
}
