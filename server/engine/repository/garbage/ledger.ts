/**
 * Who is at work and what is kept, as garbage collection needs to know it: the port to the rows of runs and snapshots. A run's moment of beginning must be
 * taken, by the same clock as `CollectableIndex.settleCondemned`, before its first lookup or its choice of a manifest to
 * build on; and the run must be visible here from then until it has ended for good (taken over after a crash, it is the
 * same run).
 */
export interface Ledger {
  /** Now, by the clock of the runs' beginnings. */
  now(): Promise<Date>;
  /** When the earliest of the runs under way began that may read or write this repository; null when there is none. */
  oldestRunningSince(): Promise<Date | null>;
  /** The manifests of all snapshots that are kept in this repository. */
  neededManifests(): Promise<string[]>;
}

/** True when no run under way can have seen the state of things before `moment`. */
export function hasPassed(moment: Date, oldestRunningSince: Date | null): boolean {
  return oldestRunningSince === null || moment < oldestRunningSince;
}

/** What the rows say about the snapshot that a manifest names. */
export interface SnapshotFacts {
  /** Of the repository that the manifest lies in; a copy in another place belongs to nobody here. */
  manifestId: string | null;
  /** False while its run may still write a manifest. */
  ended: boolean;
  /** When it was deleted; null for a snapshot that is kept. */
  deletedAt: Date | null;
}

/**
 * What may happen to a manifest:
 *
 * - needed: a snapshot's own, one whose run has not ended, or one of a snapshot that has none of its own although its run
 *   has ended: what looks like a killed try's may be the snapshot as it was completed, of which a database from before
 *   knows nothing. It goes with the row.
 * - waiting: of a deleted snapshot, while a run that began before the deletion may build on it or read it.
 * - removable: of a deleted snapshot that nobody can use any more, or left by a killed try of one that has another.
 * - foreign: nothing here explains it, so it is another installation's or older than this database. It stays.
 */
export type ManifestFate = "needed" | "waiting" | "removable" | "foreign";

/** Decides over one manifest. `snapshot` is null where no row has the snapshot that the manifest names. */
export function fateOfManifest(
  manifestId: string,
  snapshot: SnapshotFacts | null,
  oldestRunningSince: Date | null,
): ManifestFate {
  if (!snapshot) return "foreign";
  if (!snapshot.ended) return "needed";
  if (snapshot.deletedAt) return hasPassed(snapshot.deletedAt, oldestRunningSince) ? "removable" : "waiting";
  return snapshot.manifestId === null || snapshot.manifestId === manifestId ? "needed" : "removable";
}
