/** Kinds of snapshots, in the order of the legend. */
export const SNAPSHOT_KINDS = {
  HOURLY: "Hourly",
  DAILY: "Daily",
  WEEKLY: "Weekly",
  MONTHLY: "Monthly",
  YEARLY: "Yearly",
  ON_DEMAND: "On-demand",
  FALLBACK: "Fallback",
} as const;

export type SnapshotKind = keyof typeof SNAPSHOT_KINDS;
