import type { Db } from "@/server/platform/db";

/**
 * The manifest of the cluster's newest snapshot in a repository, for the next one to build on; null for none. The row is
 * locked as it is read: a deletion that is under way is waited for, and one that comes later has a later moment than
 * the beginning of the caller's run, for which its manifest then waits.
 */
export async function findBaseManifest(from: Db, clusterId: string, repositoryId: string): Promise<string | null> {
  const rows = await from.$queryRaw<Array<{ manifestId: string }>>`
    select "manifestId" from "Snapshot"
    where "clusterId" = ${clusterId} and "repositoryId" = ${repositoryId} and status = 'COMPLETED'
      and "deletedAt" is null and "manifestId" is not null
    order by "createdAt" desc, id desc limit 1 for share`;
  return rows[0]?.manifestId ?? null;
}
