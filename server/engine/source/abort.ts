import { DomainError } from "@/server/platform/errors/domain-error";

/** What an aborted signal means here: its reason when that is one of our errors, RUN_CANCELLED otherwise. */
export function abortError(signal: AbortSignal): DomainError {
  const reason: unknown = signal.reason;
  return reason instanceof DomainError ? reason : new DomainError("RUN_CANCELLED", { cause: reason });
}

/** Throws abortError when the signal is aborted. */
export function assertNotAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError(signal);
}

/**
 * Waits for the work or for the signal, whichever comes first. The work itself goes on: only for work whose outcome no
 * longer matters when the wait ends early.
 */
export async function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  assertNotAborted(signal);
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortError(signal));
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => undefined);
  }
}

/**
 * Runs `work` over the items, at most `limit` at once, in their order. The first failure aborts the signal that the
 * others got, waits for them to stop, and is thrown.
 */
export async function forEachConcurrently<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T, index: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const group = new AbortController();
  const combined = AbortSignal.any([signal, group.signal]);
  let next = 0;
  let failure: { error: unknown } | null = null;
  const lane = async (): Promise<void> => {
    while (next < items.length && !combined.aborted) {
      const index = next++;
      try {
        await work(items[index]!, index, combined);
      } catch (error) {
        failure ??= { error };
        group.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  if (failure !== null) throw (failure as { error: unknown }).error;
  assertNotAborted(signal);
}
