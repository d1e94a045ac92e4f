import { createHash } from "node:crypto";
import type { ClusterDetail } from "@/server/domain/clusters/schema";
import type { Links } from "../links";
import { kindRel } from "../links";
import { isoSeconds, whenSet } from "./time";

/** Nodes and disk of a size as Atlas sells them: clients compare what they asked for with what they are shown. */
export const NODE_COUNT = 3;
const DISK_GB: Record<string, number> = {
  M0: 0.5,
  FLEX: 5,
  M10: 10,
  M20: 20,
  M30: 40,
  M40: 80,
  M50: 160,
  M60: 320,
  M80: 750,
  M140: 1000,
  M200: 1500,
};

const BYTES_PER_GB = 1024 ** 3;

export function diskSizeGB(cluster: ClusterDetail): number {
  if (cluster.diskBytes !== null) return Math.round((cluster.diskBytes / BYTES_PER_GB) * 10) / 10;
  return DISK_GB[cluster.tier] ?? 10;
}

/** A stable id for a part of a cluster that has no row of its own (its replication spec, its zone). */
export function partId(clusterId: string, part: string): string {
  return createHash("sha256").update(`${part} ${clusterId}`).digest("hex").slice(0, 24);
}

/** Our states in the Admin API's words; a cluster that is being restored is being updated. */
export function stateName(cluster: ClusterDetail): string {
  if (cluster.state === "CREATING" || cluster.state === "DELETING") return cluster.state;
  return cluster.lock ? "UPDATING" : "IDLE";
}

/** Where the cluster answers, without credentials; nothing while it is not known. */
export function connectionStrings(cluster: ClusterDetail): { standard?: string } {
  if (cluster.hosts.length === 0) return {};
  const options = cluster.hosts.length === 1 ? "directConnection=true" : `replicaSet=${cluster.replicaSetName ?? ""}`;
  return { standard: `mongodb://${cluster.hosts.join(",")}/?${options}` };
}

/** What every version of the cluster's shape has. */
export function commonShape(cluster: ClusterDetail, links: Links): Record<string, unknown> {
  const groupId = cluster.project.id;
  const path = ["groups", groupId, "clusters", cluster.name];
  return {
    backupEnabled: cluster.backupEnabled,
    clusterType: "REPLICASET",
    connectionStrings: connectionStrings(cluster),
    createDate: isoSeconds(cluster.createdAt),
    encryptionAtRestProvider: "NONE",
    featureCompatibilityVersion: cluster.fcv,
    ...whenSet("featureCompatibilityVersionExpirationDate", cluster.fcvPinnedUntil),
    groupId,
    id: cluster.id,
    labels: [],
    links: [
      links.self(...path),
      links.to(kindRel("snapshots"), ...path, "backup", "snapshots"),
      links.to(kindRel("restoreJobs"), ...path, "backup", "restoreJobs"),
    ],
    mongoDBMajorVersion: cluster.mongoDBVersion.split(".").slice(0, 2).join("."),
    mongoDBVersion: cluster.mongoDBVersion,
    name: cluster.name,
    paused: false,
    pitEnabled: false,
    rootCertType: "ISRGROOTX1",
    stateName: stateName(cluster),
    tags: [],
    terminationProtectionEnabled: false,
    versionReleaseSystem: "LTS",
    holdfast: presentHoldfast(cluster),
  };
}

/** What Holdfast knows and the Admin API has no field for; clients ignore fields that they do not know. */
function presentHoldfast(cluster: ClusterDetail): object {
  return {
    deployment: cluster.deploymentKind.toLowerCase(),
    health: cluster.health,
    ...(cluster.stateMessage !== null && { stateMessage: cluster.stateMessage }),
    ...(cluster.lock && { lockedBecause: cluster.lock.reason }),
  };
}
