import type { DocumentEntry } from "../tree";

interface Head {
  entry: DocumentEntry;
  source: AsyncGenerator<DocumentEntry>;
}

/**
 * The entries of sources that are sorted by key, sorted by key. Takes the smallest head again and again, from a binary
 * heap; one entry of each source is held. Ends all sources, also when it is not read to its end.
 */
export async function* mergeSorted(sources: Array<AsyncGenerator<DocumentEntry>>): AsyncGenerator<DocumentEntry> {
  const heap: Head[] = [];
  try {
    for (const source of sources) {
      const head = await source.next();
      if (!head.done) heap.push({ entry: head.value, source });
    }
    for (let at = heap.length >> 1; at >= 0; at -= 1) sink(heap, at);
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
      sink(heap, 0);
    }
  } finally {
    for (const source of sources) await source.return(undefined);
  }
}

function sink(heap: Head[], from: number): void {
  const less = (a: number, b: number): boolean => Buffer.compare(heap[a]!.entry.key, heap[b]!.entry.key) < 0;
  for (let at = from; ;) {
    let least = at;
    for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && less(child, least)) least = child;
    if (least === at) return;
    [heap[at], heap[least]] = [heap[least]!, heap[at]!];
    at = least;
  }
}
