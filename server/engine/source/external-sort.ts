import { assertNotAborted } from "./abort";
import { mergeSorted } from "./merge-sorted";
import { SortedRun } from "./sorted-run";
import type { DocumentEntry } from "../tree";

/**
 * Sorts documents by key with bounded memory. Runs of RUN_BYTES are sorted and written to temporary files. Whenever as
 * many runs have come together as may be merged at once, they become one longer run, and so on with those; what is left
 * at the end is merged into the result.
 *
 * Memory is RUN_BYTES for the run that is made, and beside it the readers of the runs that are merged: MERGE_BYTES, or
 * two readers where two are more. At most RUNS_AT_ONCE files are open for each length that runs have.
 */
const RUN_BYTES = 64 * 1024 * 1024;
const RUNS_AT_ONCE = 32;
const MERGE_BYTES = 64 * 1024 * 1024;
/** What a kept document costs beside its bytes. */
const ENTRY_OVERHEAD_BYTES = 200;
const GROUP_BYTES = 1024 * 1024;

/** Throws RUN_CANCELLED, and what the groups and the temporary folder throw; no file is left whatever happens. */
export async function* sortExternally(
  groups: AsyncIterable<DocumentEntry[]>,
  signal: AbortSignal,
  runBytes = RUN_BYTES,
): AsyncGenerator<DocumentEntry[]> {
  const runs = new WaitingRuns(signal);
  try {
    let run: DocumentEntry[] = [];
    let bytes = 0;
    for await (const group of groups) {
      assertNotAborted(signal);
      for (const { key, doc } of group) {
        run.push({ key, doc: Buffer.from(doc) });
        bytes += key.length + doc.length + ENTRY_OVERHEAD_BYTES;
        if (bytes < runBytes) continue;
        await runs.add(sorted(run));
        run = [];
        bytes = 0;
      }
    }
    if (runs.isEmpty) {
      yield* grouped(sorted(run), signal);
      return;
    }
    if (run.length > 0) await runs.add(sorted(run));
    run = [];
    yield* grouped(await runs.merged(), signal);
  } finally {
    await runs.close();
  }
}

function sorted(run: DocumentEntry[]): DocumentEntry[] {
  return run.sort((a, b) => Buffer.compare(a.key, b.key));
}

async function* grouped(
  entries: Iterable<DocumentEntry> | AsyncIterable<DocumentEntry>,
  signal: AbortSignal,
): AsyncGenerator<DocumentEntry[]> {
  let group: DocumentEntry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    group.push(entry);
    bytes += entry.doc.length;
    if (bytes < GROUP_BYTES) continue;
    assertNotAborted(signal);
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

/** Runs that wait for being merged: at each level those of about one length, longer ones at the higher levels. */
class WaitingRuns {
  readonly #levels: SortedRun[][] = [];

  constructor(private readonly signal: AbortSignal) {}

  get isEmpty(): boolean {
    return this.#levels.length === 0;
  }

  async add(entries: DocumentEntry[]): Promise<void> {
    await this.#keep(await SortedRun.write(entries, this.signal), 0);
  }

  async #keep(run: SortedRun, at: number): Promise<void> {
    const level = (this.#levels[at] ??= []);
    level.push(run);
    if (mergeable(level) === level.length && level.length < RUNS_AT_ONCE) return;
    await this.#keep(await this.#mergeFirst(level), at + 1);
  }

  /** All documents in order; to be called once, after the last `add`. */
  async merged(): Promise<AsyncIterable<DocumentEntry>> {
    // Short runs first: the long ones are written again as seldom as can be.
    const runs = this.#levels.flat();
    this.#levels.splice(0, Infinity, runs);
    while (mergeable(runs) < runs.length) runs.push(await this.#mergeFirst(runs));
    return mergeSorted(runs.map((run) => run.entries()));
  }

  /** Makes one run of the first ones, as many as may be merged at once, and takes those out. */
  async #mergeFirst(runs: SortedRun[]): Promise<SortedRun> {
    const first = runs.slice(0, mergeable(runs));
    const merged = await SortedRun.write(mergeSorted(first.map((run) => run.entries())), this.signal);
    runs.splice(0, first.length);
    for (const run of first) await run.close();
    return merged;
  }

  async close(): Promise<void> {
    for (const run of this.#levels.flat()) await run.close();
  }
}

/** How many of the first runs may be merged at once: at least two, if there are two. */
function mergeable(runs: readonly SortedRun[]): number {
  let bytes = 0;
  let count = 0;
  for (const { readerBytes } of runs.slice(0, RUNS_AT_ONCE)) {
    bytes += readerBytes;
    if (count >= 2 && bytes > MERGE_BYTES) break;
    count += 1;
  }
  return count;
}
