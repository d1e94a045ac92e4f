import { SYSTEM } from "@/server/access/actor";
import type { ClusterModel, Db, SnapshotModel, Tx } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import { endSnapshot } from "./end-snapshot";

const BATCH = 100;

/**
 * Ends snapshots whose time has come; removeDeletedManifests sees to their manifests. Never the last verified (or proven)
 * snapshot of a living cluster, and never one that is being restored. Returns how many it ended. Any number of workers
 * may do this at once.
 */
export async function expireSnapshots(from: Db, now: Date = new Date()): Promise<number> {
  const due = await from.$queryRaw<Array<{ id: string }>>`
    select s.id from "Snapshot" s
    where s."expiresAt" <= ${now} and s."deletedAt" is null and s.status in ('COMPLETED', 'FAILED', 'CANCELLED')
      and not exists (select 1 from "RestoreJob" r where r."snapshotId" = s.id and r.status in ('QUEUED', 'IN_PROGRESS'))
      and s.id not in (
        select distinct on (k."clusterId") k.id from "Snapshot" k join "Cluster" c on c.id = k."clusterId"
        where k."deletedAt" is null and k.status = 'COMPLETED' and c."deletedAt" is null
          and k."clusterId" = s."clusterId" and (k."verifiedAt" is not null or k."provenAt" is not null)
        order by k."clusterId", k."createdAt" desc, k.id desc)
    order by s."expiresAt" limit ${BATCH}`;
  let ended = 0;
  for (const { id } of due) if (await tryToExpire(from, id, now)) ended += 1;
  return ended;
}

/** A snapshot that may not go now, because its restore has just been asked for, say, is looked at again next time. */
async function tryToExpire(from: Db, snapshotId: string, now: Date): Promise<boolean> {
  try {
    return await expire(from, snapshotId, now);
  } catch (error) {
    if (isDomainError(error, "ATLAS_CLUSTER_RESTORE_IN_PROGRESS")) return false;
    throw error;
  }
}

/** Asks everything again that the list was made by: it may have changed since, and cannot any more. */
async function expire(from: Db, snapshotId: string, now: Date): Promise<boolean> {
  return from.$transaction(async (tx) => {
    const locked = await tx.$queryRaw<unknown[]>`
      select id from "Snapshot" where id = ${snapshotId} and "deletedAt" is null and "expiresAt" <= ${now}
      for update skip locked`;
    if (locked.length === 0) return false;
    const row = await tx.snapshot.findUniqueOrThrow({
      where: { id: snapshotId },
      include: { cluster: { include: { project: true } } },
    });
    const { cluster, ...snapshot } = row;
    if (await isLastVerified(tx, snapshot, cluster)) return false;
    await endSnapshot(tx, snapshot);
    await recordActivity(tx, {
      organizationId: cluster.project.organizationId,
      projectId: row.projectId,
      type: "SNAPSHOT_EXPIRED",
      actor: SYSTEM,
      cluster: { id: row.clusterId, name: row.clusterName },
      details: { snapshotId, expiresAt: row.expiresAt?.toISOString() ?? null },
    });
    return true;
  });
}

/**
 * Whether no newer verified (or proven) snapshot stands for the cluster. The one that does is locked, so that it is
 * still verified when this one ends; one that somebody else holds, who may be about to delete it, does not count.
 */
async function isLastVerified(tx: Tx, snapshot: SnapshotModel, cluster: ClusterModel): Promise<boolean> {
  const { id, clusterId, createdAt, status, verifiedAt, provenAt } = snapshot;
  if (cluster.deletedAt || status !== "COMPLETED" || (!verifiedAt && !provenAt)) return false;
  const newer = await tx.$queryRaw<unknown[]>`
    select id from "Snapshot"
    where "clusterId" = ${clusterId} and "deletedAt" is null and status = 'COMPLETED'
      and ("verifiedAt" is not null or "provenAt" is not null)
      and ("createdAt", id) > (${createdAt}, ${id})
    order by "createdAt" desc, id desc limit 1 for share skip locked`;
  return newer.length === 0;
}
