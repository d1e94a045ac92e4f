import { fail, pass, warn, type CallerToCheck, type Check, type SnapshotToCheck, type TargetToCheck } from "./check";

const TITLE = "Snapshot";

export function checkSnapshotState(snapshot: SnapshotToCheck): Check {
  switch (snapshot.state) {
    case "completed":
      return pass("snapshot", TITLE, "The snapshot is complete and still kept.");
    case "deleted":
      return fail("snapshot", TITLE, "The snapshot was deleted.", "CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT");
    case "expired":
      return fail("snapshot", TITLE, "The snapshot has expired.", "SNAPSHOT_NOT_FOUND");
    case "inProgress":
    case "failed": {
      const fact =
        snapshot.state === "failed" ? "The snapshot failed: it holds nothing." : "The snapshot is still being taken.";
      return fail("snapshot", TITLE, fact, "CANNOT_START_RESTORE_JOB_FOR_INCOMPLETE_CLUSTER_SNAPSHOT");
    }
  }
}

const CONSISTENCY_TITLE = "One moment";

export function checkConsistency(snapshot: SnapshotToCheck): Check {
  if (snapshot.consistent) return pass("consistency", CONSISTENCY_TITLE, "All its documents are from one moment.");
  const reason = snapshot.inconsistentReason ? `: ${snapshot.inconsistentReason.replace(/\.$/, "")}` : "";
  return warn(
    "consistency",
    CONSISTENCY_TITLE,
    `The snapshot is not consistent${reason}. Documents may be from different moments.`,
  );
}

const NOT_ATOMIC_TITLE = "Parts that cannot be swapped at once";

/** Views are dropped and created again, which the journal can undo. Time-series collections cannot be renamed at all. */
export function checkNotAtomic(snapshot: SnapshotToCheck, target: TargetToCheck): Check {
  if (snapshot.timeSeries.length > 0 || target.timeSeries.length > 0) {
    const names = [...new Set([...snapshot.timeSeries, ...target.timeSeries])].join(", ");
    return fail("notAtomic", NOT_ATOMIC_TITLE, `Time-series collections cannot be restored yet: ${names}.`);
  }
  if (snapshot.views.length > 0) {
    const fact = `Views are dropped and created again in the swap; readers may miss them for a moment: ${snapshot.views.join(", ")}.`;
    return warn("notAtomic", NOT_ATOMIC_TITLE, fact);
  }
  return pass("notAtomic", NOT_ATOMIC_TITLE, "None: every collection changes places by a rename.");
}

export function checkCaller(caller: CallerToCheck): Check[] {
  const side = (
    id: "roleSource" | "roleTarget",
    title: string,
    { allowed, project }: CallerToCheck["source"],
  ): Check =>
    allowed
      ? pass(id, title, `You may restore in ${project}.`)
      : fail(
          id,
          title,
          `You may not restore in ${project}: it takes Project Backup Manager or Project Owner there.`,
          "CANNOT_RESTORE_TO_TARGET",
        );
  return [
    side("roleSource", "Your role in the snapshot's project", caller.source),
    side("roleTarget", "Your role in the target's project", caller.target),
  ];
}
