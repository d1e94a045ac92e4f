/**
 * Starts work ahead of its reader and hands results over in order. At least one and at most `limitBytes` worth of items
 * (as `weigh` counts them) are under way or waiting, whatever their number.
 */
export async function* prefetch<T, R>(
  source: AsyncIterable<T> | Iterable<T>,
  options: { limitBytes: number; weigh: (item: T) => number; start: (item: T) => Promise<R> },
): AsyncGenerator<R> {
  const items = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const queue: Array<{ bytes: number; result: Promise<R> }> = [];
  let bytesAhead = 0;
  let done = false;
  try {
    for (;;) {
      while (!done && (queue.length === 0 || bytesAhead < options.limitBytes)) {
        const next = await items.next();
        if (next.done) {
          done = true;
          break;
        }
        const bytes = options.weigh(next.value);
        const result = options.start(next.value);
        // The failure is thrown when its turn comes; until then it must not count as unhandled.
        result.catch(() => undefined);
        queue.push({ bytes, result });
        bytesAhead += bytes;
      }
      const first = queue.shift();
      if (!first) return;
      const result = await first.result;
      bytesAhead -= first.bytes;
      yield result;
    }
  } finally {
    await items.return?.();
  }
}
