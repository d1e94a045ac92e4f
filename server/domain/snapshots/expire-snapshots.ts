import { SYSTEM } from "@/server/access/actor";
import type { Db } from "@/server/platform/db";
import { recordActivity } from "../activity/record-activity";
import { countKept } from "./count-kept";
import { removeManifest } from "./remove-manifest";

const BATCH = 100;

/**
 * Ends snapshots whose time has come, and removes manifests of deleted ones. Never the last verified (or proven)
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
        order by k."clusterId", k."createdAt" desc)
    order by s."expiresAt" limit ${BATCH}`;
  let ended = 0;
  for (const { id } of due) if (await expire(from, id, now)) ended += 1;
  const left = await from.snapshot.findMany({
    where: { deletedAt: { not: null }, manifestId: { not: null } },
    select: { id: true },
    take: BATCH,
  });
  for (const { id } of left) await removeManifest(from, id);
  return ended;
}

async function expire(from: Db, snapshotId: string, now: Date): Promise<boolean> {
  return from.$transaction(async (tx) => {
    const { count } = await tx.snapshot.updateMany({
      where: { id: snapshotId, deletedAt: null, restores: { none: { status: { in: ["QUEUED", "IN_PROGRESS"] } } } },
      data: { deletedAt: now },
    });
    if (count === 0) return false;
    const row = await tx.snapshot.findUniqueOrThrow({
      where: { id: snapshotId },
      include: { cluster: { include: { project: true } } },
    });
    await countKept(tx, row, -1);
    await recordActivity(tx, {
      organizationId: row.cluster.project.organizationId,
      projectId: row.projectId,
      type: "SNAPSHOT_EXPIRED",
      actor: SYSTEM,
      cluster: { id: row.clusterId, name: row.clusterName },
      details: { snapshotId, expiresAt: row.expiresAt?.toISOString() ?? null },
    });
    return true;
  });
}
