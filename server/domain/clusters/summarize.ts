import { db } from "@/server/platform/db";

/** What a cluster's snapshots say about it, in one round trip for any number of clusters. */
export interface SnapshotSummary {
  clusterId: string;
  snapshotCount: number;
  last: { id: string; at: Date; consistent: boolean } | null;
  lastFailure: { id: string; at: Date; message: string | null } | null;
  lastProven: { id: string; at: Date } | null;
  lastVerifiedAt: Date | null;
  running: { snapshotId: string; runId: string; doneBytes: number; totalBytes: number } | null;
}

/** Beyond this many they are not counted. */
const COUNTED_MAX = 10_000;

interface Row {
  clusterId: string;
  snapshotCount: number;
  lastId: string | null;
  lastAt: Date | null;
  lastConsistent: boolean | null;
  failedId: string | null;
  failedAt: Date | null;
  failedMessage: string | null;
  provenId: string | null;
  provenAt: Date | null;
  verifiedAt: Date | null;
  runningId: string | null;
  runId: string | null;
  doneBytes: bigint | null;
  totalBytes: bigint | null;
}

/** Every part is one step down an index, whatever the number of snapshots. */
export async function summarizeSnapshots(clusterIds: readonly string[]): Promise<Map<string, SnapshotSummary>> {
  if (clusterIds.length === 0) return new Map();
  const rows = await db().$queryRaw<Row[]>`
    select c.id as "clusterId", n.count as "snapshotCount",
      done.id as "lastId", done."createdAt" as "lastAt", done.consistent as "lastConsistent",
      failed.id as "failedId", failed."createdAt" as "failedAt", failed."errorMessage" as "failedMessage",
      proven.id as "provenId", proven."provenAt", verified."verifiedAt",
      running."subjectId" as "runningId", running.id as "runId", running."doneBytes", running."totalBytes"
    from "Cluster" c
    left join lateral (
      select count(*)::int as count from (
        select 1 from "Snapshot" s where s."clusterId" = c.id and s.status = 'COMPLETED' and s."deletedAt" is null
        limit ${COUNTED_MAX}) counted) n on true
    left join lateral (
      select id, "createdAt", consistent from "Snapshot" s
      where s."clusterId" = c.id and s.status = 'COMPLETED' and s."deletedAt" is null
      order by "createdAt" desc limit 1) done on true
    left join lateral (
      select id, "createdAt", "errorMessage" from "Snapshot" s
      where s."clusterId" = c.id and s.status = 'FAILED' and s."deletedAt" is null
      order by "createdAt" desc limit 1) failed on true
    left join lateral (
      select id, "provenAt" from "Snapshot" s where s."clusterId" = c.id and s."provenAt" is not null
      order by "provenAt" desc limit 1) proven on true
    left join lateral (
      select "verifiedAt" from "Snapshot" s where s."clusterId" = c.id and s."verifiedAt" is not null
      order by "verifiedAt" desc limit 1) verified on true
    left join lateral (
      select id, "subjectId", "doneBytes", "totalBytes" from "Run" r
      where r."clusterId" = c.id and r.kind = 'SNAPSHOT_TAKE' and r.status in ('QUEUED', 'RUNNING')
      order by "createdAt" desc limit 1) running on true
    where c.id = any(${[...clusterIds]}::text[])`;
  return new Map(rows.map((row) => [row.clusterId, toSummary(row)]));
}

function toSummary(row: Row): SnapshotSummary {
  return {
    clusterId: row.clusterId,
    snapshotCount: row.snapshotCount,
    last: row.lastId && row.lastAt ? { id: row.lastId, at: row.lastAt, consistent: row.lastConsistent ?? true } : null,
    lastFailure:
      row.failedId && row.failedAt ? { id: row.failedId, at: row.failedAt, message: row.failedMessage } : null,
    lastProven: row.provenId && row.provenAt ? { id: row.provenId, at: row.provenAt } : null,
    lastVerifiedAt: row.verifiedAt,
    running:
      row.runningId && row.runId
        ? {
            snapshotId: row.runningId,
            runId: row.runId,
            doneBytes: Number(row.doneBytes ?? 0n),
            totalBytes: Number(row.totalBytes ?? 0n),
          }
        : null,
  };
}
