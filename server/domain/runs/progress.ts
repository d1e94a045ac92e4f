/** Percent done; null while the total is not known. Never 100 before the run says so itself. */
export function percentOf(done: number, total: number): number | null {
  if (total <= 0) return null;
  return Math.min(99.9, Math.floor((done / total) * 1000) / 10);
}

/** No estimate below 5 %: it would only jump. */
const ESTIMATE_FROM_PERCENT = 5;

export function secondsLeft(done: number, total: number, bytesPerSecond: number | null): number | null {
  const percent = percentOf(done, total);
  if (percent === null || percent < ESTIMATE_FROM_PERCENT || !bytesPerSecond || bytesPerSecond <= 0) return null;
  return Math.max(0, (total - done) / bytesPerSecond);
}
