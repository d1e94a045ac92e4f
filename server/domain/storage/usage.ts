import { db, type Tx } from "@/server/platform/db";
import type { TargetUsage } from "./schema";

const CLUSTERS_NAMED = 3;

interface UsageRow {
  targetId: string;
  storedBytes: bigint;
  snapshots: bigint;
  clusters: bigint;
}

/**
 * What lies in each target of an organization. Packs are added up from an index alone, snapshots from sums that change
 * with them, so that it costs nothing by the number of snapshots.
 */
export async function sumUsage(organizationId: string): Promise<Map<string, TargetUsage>> {
  const rows = await db().$queryRaw<UsageRow[]>`
    select r."targetId", coalesce(sum(p.bytes), 0)::bigint as "storedBytes",
      coalesce(sum(u.snapshots), 0)::bigint as snapshots, coalesce(sum(u.clusters), 0)::bigint as clusters
    from "Repository" r
    left join lateral (
      select sum("storedBytes") as bytes from "RepositoryPack" where "repositoryId" = r.id) p on true
    left join lateral (
      select sum("keptSnapshots") as snapshots, count(*) as clusters
      from "RepositoryUsage" where "repositoryId" = r.id and "keptSnapshots" > 0) u on true
    where r."organizationId" = ${organizationId} group by r."targetId"`;
  return new Map(
    rows.map(({ targetId, storedBytes, snapshots, clusters }) => [
      targetId,
      { storedBytes: Number(storedBytes), snapshots: Number(snapshots), clusters: Number(clusters) },
    ]),
  );
}

/** Why something of the target is still needed. */
export interface Holding {
  reason: "running" | "snapshots";
  /** Names of clusters, at most a few: "orders, cart and 2 more". */
  clusters: string;
}

/**
 * What keeps a target: a snapshot that is being stored in it, or one whose manifest is in it, deleted ones included:
 * until their manifests are gone, what they need is there.
 */
export async function findHolding(from: Tx, targetId: string): Promise<Holding | null> {
  const inTarget = { repository: { targetId } };
  const running = await from.snapshot.findFirst({
    where: { ...inTarget, status: { in: ["QUEUED", "IN_PROGRESS"] } },
    select: { clusterName: true },
  });
  if (running) return { reason: "running", clusters: running.clusterName };
  const stored = await from.snapshot.findFirst({
    where: { ...inTarget, manifestId: { not: null } },
    select: { clusterName: true },
  });
  if (!stored) return null;
  const holders = await from.$queryRaw<Array<{ name: string }>>`
    select c.name from "RepositoryUsage" u join "Repository" r on r.id = u."repositoryId"
      join "Cluster" c on c.id = u."clusterId"
    where r."targetId" = ${targetId} and u."keptSnapshots" > 0
    union
    select s."clusterName" from "Snapshot" s join "Repository" r on r.id = s."repositoryId"
    where r."targetId" = ${targetId} and s."deletedAt" is not null and s."manifestId" is not null
    order by name`;
  const names = holders.length > 0 ? holders.map(({ name }) => name) : [stored.clusterName];
  return { reason: "snapshots", clusters: listNames(names) };
}

function listNames(names: readonly string[]): string {
  const more = names.length - CLUSTERS_NAMED;
  const parts = more > 0 ? [...names.slice(0, CLUSTERS_NAMED), `${more} more`] : names;
  return new Intl.ListFormat("en-GB", { type: "conjunction" }).format(parts);
}
