import { setTimeout as sleep } from "node:timers/promises";
import type { Db } from "@/server/platform/db";
import { logger } from "@/server/platform/logger";
import { removeManifest } from "./remove-manifest";

/** Of one repository in one round. */
const BATCH = 100;
const LANES_AT_ONCE = 8;
const LANE_MS_MAX = 60_000;

interface RemoveManifestsOptions {
  signal?: AbortSignal;
  /** How long one repository may take; a minute unless told otherwise. */
  laneMsMax?: number;
}

/** Repositories in which a removal of this process still hangs. */
const hanging = new Set<string>();

/**
 * Removes manifests of deleted snapshots: repositories side by side, each its oldest first, until all are gone, its storage
 * fails or its time is over, so that none waits for another's storage. Any number of workers may do it at once. Returns
 * how many snapshots have nothing left to remove.
 */
export async function removeDeletedManifests(from: Db, options: RemoveManifestsOptions = {}): Promise<number> {
  const { signal = new AbortController().signal, laneMsMax = LANE_MS_MAX } = options;
  const lanes = (await findLanes(from)).values();
  let removed = 0;
  const work = async (): Promise<void> => {
    // One iterator for all: each takes the next lane that nobody has.
    for (const lane of lanes) {
      if (signal.aborted) return;
      const done = await clearWithinTime(from, lane, { signal, laneMsMax });
      removed += done;
    }
  };
  await Promise.all(Array.from({ length: LANES_AT_ONCE }, work));
  return removed;
}

interface Lane {
  repositoryId: string;
  snapshotIds: string[];
}

async function findLanes(from: Db): Promise<Lane[]> {
  const lanes = await from.$queryRaw<Lane[]>`
    select "repositoryId", array_agg(id::text order by "deletedAt") as "snapshotIds"
    from (
      select id, "repositoryId", "deletedAt",
        row_number() over (partition by "repositoryId" order by "deletedAt") as place
      from "Snapshot" where "deletedAt" is not null and "manifestId" is not null and "repositoryId" is not null
    ) left_over
    where place <= ${BATCH} group by "repositoryId"`;
  return lanes.filter(({ repositoryId }) => !hanging.has(repositoryId));
}

/** What still runs when its time is over, or the signal says so, ends after the manifest that it is at. */
async function clearWithinTime(
  from: Db,
  lane: Lane,
  { signal, laneMsMax }: Required<RemoveManifestsOptions>,
): Promise<number> {
  const { repositoryId } = lane;
  const over = new AbortController();
  const progress = { removed: 0 };
  hanging.add(repositoryId);
  const cleared = clear(from, lane, AbortSignal.any([signal, over.signal]), progress)
    .catch((error: unknown) => logger.warn({ err: error, repositoryId }, "manifests could not be removed"))
    .finally(() => {
      hanging.delete(repositoryId);
      over.abort();
    });
  const inTime = AbortSignal.any([signal, over.signal]);
  await Promise.race([cleared, sleep(laneMsMax, null, { signal: inTime }).catch(() => null)]);
  over.abort();
  if (hanging.has(repositoryId) && !signal.aborted)
    logger.warn({ repositoryId }, "the removal of manifests hangs in its storage");
  return progress.removed;
}

async function clear(from: Db, lane: Lane, signal: AbortSignal, progress: { removed: number }): Promise<void> {
  for (const snapshotId of lane.snapshotIds) {
    if (signal.aborted) return;
    const outcome = await removeManifest(from, snapshotId);
    if (outcome === "failed") return;
    if (outcome === "removed") progress.removed += 1;
  }
}
