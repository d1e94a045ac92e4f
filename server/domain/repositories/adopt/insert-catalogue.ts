import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeOneTimePassword } from "@/server/auth/passwords";
import { DEPLOYMENT_WANTED_CHANNEL, EMBEDDED_PASSWORD_PURPOSE } from "@/server/jobs/definitions/embedded-deployment";
import { seal } from "@/server/platform/crypto";
import type { Prisma, Tx } from "@/server/platform/db";
import { env } from "@/server/platform/env";
import { freePorts } from "@/server/platform/ports";
import { notify } from "@/server/platform/postgres";
import { belongsElsewhere } from "./belongs-elsewhere";
import { NOT_CONNECTED_WORDS } from "../../clusters/not-connected";
import { isDedicated } from "../../clusters/tiers";
import type { PlannedCluster, PlannedRows } from "./plan-rows";
import { contentColumns, type FoundSnapshot } from "../found-snapshot";

/** Rows that were made; what was there already is not counted, and never changed. */
export interface Inserted {
  projects: number;
  clusters: number;
  snapshots: number;
}

/** People look at what was adopted before any of it goes. */
const KEPT_AT_LEAST_DAYS = 7;
const DAY_MS = 24 * 60 * 60_000;
const SNAPSHOT_BATCH = 500;
const FIRST_PORT = 27_117;

/** Projects that are not there yet; a name that another project has gets the end of the id. */
export async function insertProjects(tx: Tx, { organization, projects }: PlannedRows): Promise<number> {
  let inserted = 0;
  for (const { id, name } of projects) {
    const there = await tx.project.findUnique({ where: { id }, select: { organizationId: true } });
    if (there && there.organizationId !== organization.id) throw belongsElsewhere(`project ${id}`, organization.id);
    if (there) continue;
    const namesake = await tx.project.findFirst({ where: { organizationId: organization.id, name } });
    const free = namesake ? `${name} (${id.slice(-6)})` : name;
    await tx.project.create({ data: { id, name: free, organizationId: organization.id } });
    inserted += 1;
  }
  return inserted;
}

/**
 * Clusters that are not there yet. An embedded one whose data directory is still in place runs again, with another root
 * password; all others wait to be connected again.
 */
export async function insertClusters(tx: Tx, { organization, clusters }: PlannedRows): Promise<number> {
  let inserted = 0;
  for (const cluster of clusters) {
    const there = await tx.cluster.findUnique({ where: { id: cluster.id }, select: { project: true } });
    if (there && there.project.organizationId !== organization.id) {
      throw belongsElsewhere(`cluster ${cluster.id}`, organization.id);
    }
    if (there) continue;
    const { projectId } = cluster;
    const namesake = await tx.cluster.findFirst({ where: { projectId, liveName: cluster.name } });
    const name = namesake ? `${cluster.name.slice(0, 57)}-${cluster.id.slice(-6)}` : cluster.name;
    const { id, tier, cloudProvider, region, mongoDBVersion, fcv, fcvPinned, replicaSetName } = cluster;
    const hasData = cluster.deploymentKind === "EMBEDDED" && existsSync(join(env.home, "clusters", id));
    await tx.cluster.create({
      data: {
        ...{ id, projectId, name, liveName: name, tier, cloudProvider, region },
        ...{ mongoDBVersion, fcv, fcvPinned, replicaSetName },
        backupEnabled: isDedicated(tier),
        createdAt: new Date(cluster.firstSeenAt),
        ...(hasData ? await embeddedAgain(tx, cluster) : NOT_CONNECTED),
      },
    });
    if (hasData) await notify(tx, DEPLOYMENT_WANTED_CHANNEL, id);
    inserted += 1;
  }
  return inserted;
}

const NOT_CONNECTED = {
  deploymentKind: "EXTERNAL",
  state: "IDLE",
  reachable: false,
  stateMessage: NOT_CONNECTED_WORDS,
} as const satisfies Partial<Prisma.ClusterUncheckedCreateInput>;

async function embeddedAgain(tx: Tx, { embeddedPort }: PlannedCluster) {
  const taken = embeddedPort && (await tx.embeddedDeployment.findUnique({ where: { port: embeddedPort } }));
  const port = embeddedPort && !taken ? embeddedPort : await nextPort(tx);
  const rootPasswordSealed = seal(makeOneTimePassword(), EMBEDDED_PASSWORD_PURPOSE);
  return {
    deploymentKind: "EMBEDDED",
    // The host makes it IDLE when it has started.
    state: "CREATING",
    embedded: { create: { port, rootPasswordSealed } },
  } as const;
}

async function nextPort(tx: Tx): Promise<number> {
  const last = await tx.embeddedDeployment.findFirst({ orderBy: { port: "desc" }, select: { port: true } });
  const [port] = await freePorts(Math.max(FIRST_PORT, (last?.port ?? 0) + 1), 1);
  return port!;
}

/** Snapshots that are not there yet, and the sums that count them. */
export async function insertSnapshots(
  tx: Tx,
  repositoryId: string,
  snapshots: readonly FoundSnapshot[],
  planned: PlannedRows,
  now: Date,
): Promise<number> {
  const clusters = new Map(planned.clusters.map((cluster) => [cluster.id, cluster]));
  let inserted = 0;
  for (let at = 0; at < snapshots.length; at += SNAPSHOT_BATCH) {
    const batch = snapshots.slice(at, at + SNAPSHOT_BATCH);
    const rows = await tx.snapshot.createManyAndReturn({
      data: batch.map((found) => snapshotRow(repositoryId, found, clusters.get(found.source.clusterId)!, now)),
      skipDuplicates: true,
      select: { clusterId: true, storedBytes: true, dataBytes: true },
    });
    await countAll(tx, repositoryId, rows);
    inserted += rows.length;
  }
  return inserted;
}

function snapshotRow(
  repositoryId: string,
  found: FoundSnapshot,
  cluster: PlannedCluster,
  now: Date,
): Prisma.SnapshotCreateManyInput {
  const { catalogue, source } = found;
  const snapshot = catalogue?.snapshot;
  const createdAt = new Date(snapshot?.createdAt ?? found.createdAt);
  return {
    id: found.snapshotId,
    clusterId: source.clusterId,
    projectId: cluster.projectId,
    clusterName: source.clusterName,
    clusterTier: source.tier,
    cloudProvider: catalogue?.cluster.cloudProvider ?? cluster.cloudProvider,
    region: catalogue?.cluster.region ?? cluster.region,
    kind: snapshot?.kind ?? "ON_DEMAND",
    status: "COMPLETED",
    description: snapshot?.description ?? null,
    retentionDays: snapshot?.retentionDays ?? 0,
    requestedByName: snapshot?.requestedByName ?? null,
    createdAt,
    startedAt: createdAt,
    expiresAt: expiryOf(snapshot?.expiresAt ?? null, cluster.newestSnapshotId === found.snapshotId, now),
    repositoryId,
    ...contentColumns(found),
  };
}

/**
 * The retention may have been changed after the manifest was written, so nothing ends at once. Which snapshot was the last
 * verified one is not known any more, so the newest of each cluster does not end by itself.
 */
function expiryOf(expiresAt: string | null, isNewest: boolean, now: Date): Date | null {
  if (expiresAt === null || isNewest) return null;
  const soonest = now.getTime() + KEPT_AT_LEAST_DAYS * DAY_MS;
  return new Date(Math.max(new Date(expiresAt).getTime(), soonest));
}

interface Counted {
  clusterId: string;
  storedBytes: bigint | null;
  dataBytes: bigint | null;
}

/** The same sums as countKept, for many snapshots at once. */
async function countAll(tx: Tx, repositoryId: string, rows: readonly Counted[]): Promise<void> {
  const sums = new Map<string, { kept: number; stored: bigint; data: bigint }>();
  for (const { clusterId, storedBytes, dataBytes } of rows) {
    const sum = sums.get(clusterId) ?? { kept: 0, stored: 0n, data: 0n };
    sums.set(clusterId, {
      kept: sum.kept + 1,
      stored: sum.stored + (storedBytes ?? 0n),
      data: sum.data + (dataBytes ?? 0n),
    });
  }
  for (const [clusterId, { kept, stored, data }] of sums) {
    const keptSnapshots = { increment: kept };
    const keptStoredBytes = { increment: stored };
    await tx.cluster.update({
      where: { id: clusterId },
      data: { keptSnapshots, keptStoredBytes, keptDataBytes: { increment: data } },
    });
    await tx.repositoryUsage.upsert({
      where: { repositoryId_clusterId: { repositoryId, clusterId } },
      create: { repositoryId, clusterId, keptSnapshots: kept, keptStoredBytes: stored },
      update: { keptSnapshots, keptStoredBytes },
    });
  }
}
