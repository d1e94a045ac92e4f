const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size for people: "1.4 GiB"; three digits at least tell sizes apart. */
export function sizeWords(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${bytes === 1 ? "byte" : UNITS[unit]}`;
}

/** A whole number with its digits in groups: "1 234 567" would break in a terminal, so commas. */
export function countWords(count: number): string {
  return count.toLocaleString("en-US");
}

/** "1 pack", "3 packs". */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${countWords(count)} ${count === 1 ? noun : nouns}`;
}

/** "12.5 %". */
export function percentWords(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

/** Columns under headings, the widest entry deciding; `right` names columns of numbers by their place. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const pad = (cell: string, at: number) =>
    right.includes(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}
