/** "18,402,771" */
export function formatCount(value: number | bigint): string {
  return value.toLocaleString("en-US");
}

/** "3 snapshots", "1 snapshot" */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** "Mei, Oskar and Ines" */
export function listWords(words: readonly string[], last = "and"): string {
  if (words.length <= 1) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** Whole percent between 0 and 100; 100 only when all is done. */
export function percentOf(done: number | bigint, total: number | bigint): number {
  const whole = Number(total);
  if (whole <= 0) return 0;
  const percent = Math.floor((Number(done) / whole) * 100);
  return Math.min(100, Math.max(0, percent));
}

/** "61 %", whole. */
export function percentWords(percent: number): string {
  return `${Math.floor(percent)} %`;
}
