/** Tiers on nodes of their own: the ones with snapshots on demand. */
export function isDedicated(tier: string): boolean {
  return tier !== "M0" && tier !== "FLEX";
}

/** Why there is no snapshot on demand; null where there is. */
export function whyNoSnapshots(tier: string): string | null {
  if (tier === "M0") return "M0 clusters have no backups. Dump the data by hand, or move to M10 or larger.";
  if (tier === "FLEX") return "Flex clusters have no snapshots on demand. That needs M10 or larger.";
  return null;
}

/** The release that a pinned feature compatibility version stays at: the major (or series) directly below. */
const SERIES = ["4.2", "4.4", "5.0", "6.0", "7.0", "8.0", "9.0"] as const;

export function majorMinor(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

export function pinnedFcvBelow(version: string): string {
  const own = majorMinor(version);
  const at = SERIES.findIndex((series) => series === own);
  if (at > 0) return SERIES[at - 1]!;
  // A minor release (8.1, 8.2) stands above its own major.
  return `${own.split(".")[0]}.0`;
}
