/** The named moments of a snapshot, in their order; tests stop a worker at each of them. */
export const SNAPSHOT_POINTS = [
  "catalogue-read",
  "batch-read",
  "collections-read",
  "flushed",
  "verified",
  "manifest-written",
] as const;
export type SnapshotPoint = (typeof SNAPSHOT_POINTS)[number];

/** Called at every named moment; what it throws ends the run there. */
export type OnSnapshotPoint = (point: SnapshotPoint) => void | Promise<void>;
