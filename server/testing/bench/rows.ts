/** One line of the bench's result. */
export interface BenchRow {
  /** Which data set, and how many GB of it. */
  set: string;
  gb: number;
  work: string;
  bytes: number;
  documents: number;
  seconds: number;
  /** Time of processors that our process took, all its threads together; null for programs of others. */
  cpuSeconds: number | null;
  /** 0 for programs of others, whose memory is not looked at. */
  peakRssBytes: number;
  storedBytes: number | null;
  /** Throughput as a part of what the driver alone reaches on the same server in the same run. */
  share: { of: string; value: number } | null;
  /** Seconds of a peer divided by ours: above 1 we are faster. */
  ratios: Record<string, number>;
}

const MIB = 1024 * 1024;

const HEADINGS = [
  "data",
  "work",
  "MB",
  "documents",
  "seconds",
  "CPU s",
  "MB/s",
  "docs/s",
  "peak MiB",
  "stored MB",
  "share of the limit",
  "beside",
];
const LEFT = new Set([0, 1, 11]);

/** The rows as an aligned table for a terminal. MB are 10^6 bytes, as the tools print them. */
export function formatRows(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    `${row.set} ${row.gb} GB`,
    row.work,
    (row.bytes / 1e6).toFixed(0),
    row.documents.toLocaleString("en"),
    row.seconds.toFixed(2),
    row.cpuSeconds === null ? "" : row.cpuSeconds.toFixed(1),
    (row.bytes / 1e6 / row.seconds).toFixed(1),
    Math.round(row.documents / row.seconds).toLocaleString("en"),
    row.peakRssBytes === 0 ? "" : (row.peakRssBytes / MIB).toFixed(0),
    row.storedBytes === null ? "" : (row.storedBytes / 1e6).toFixed(1),
    row.share === null ? "" : `${row.share.value.toFixed(2)} of ${row.share.of}`,
    Object.entries(row.ratios)
      .map(([peer, ratio]) => `${ratio.toFixed(2)} x ${peer}`)
      .join(", "),
  ]);
  const widths = HEADINGS.map((heading, at) => Math.max(heading.length, ...cells.map((line) => line[at]?.length ?? 0)));
  return [HEADINGS, ...cells]
    .map((line) =>
      line
        .map((cell, at) => (LEFT.has(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
