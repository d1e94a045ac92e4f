/** One line of the bench's result. `ratio` above 1: we are faster than the peer. */
export interface BenchRow {
  work: string;
  bytes: number;
  documents: number;
  seconds: number;
  peakRssBytes: number;
  storedBytes: number | null;
  peer: string | null;
  peerSeconds: number | null;
  ratio: number | null;
}

const MIB = 1024 * 1024;

const HEADINGS = ["work", "MB", "documents", "seconds", "MB/s", "docs/s", "peak RSS MiB", "stored MB", "peer", "ratio"];

/** The rows as an aligned table for a terminal. MB are 10^6 bytes, as the tools print them. */
export function formatRows(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    row.work,
    (row.bytes / 1e6).toFixed(0),
    row.documents.toLocaleString("en"),
    row.seconds.toFixed(2),
    (row.bytes / 1e6 / row.seconds).toFixed(0),
    Math.round(row.documents / row.seconds).toLocaleString("en"),
    (row.peakRssBytes / MIB).toFixed(0),
    row.storedBytes === null ? "" : (row.storedBytes / 1e6).toFixed(0),
    row.peer === null ? "" : `${row.peer} ${row.peerSeconds?.toFixed(2)} s`,
    row.ratio === null ? "" : `${row.ratio.toFixed(2)} x`,
  ]);
  const widths = HEADINGS.map((heading, at) => Math.max(heading.length, ...cells.map((line) => line[at]?.length ?? 0)));
  return [HEADINGS, ...cells]
    .map((line) =>
      line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join("  "),
    )
    .join("\n");
}
