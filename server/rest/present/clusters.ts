import type { ClusterDetail } from "@/server/domain/clusters/schema";
import { kindRel, type Links } from "../links";
import type { ApiVersion } from "../versions";
import { commonShape, connectionStrings, diskSizeGB, NODE_COUNT, partId, stateName } from "./cluster-shape";
import { isoSeconds } from "./time";

/** A cluster of any tier but flex, in the shape of the version: three shapes of one stored object. */
export function presentCluster(cluster: ClusterDetail, version: ApiVersion, links: Links): object {
  if (version >= "2024-08-05") return presentByShard(cluster, links);
  if (version >= "2023-02-01") return presentAdvanced(cluster, links);
  return presentLegacy(cluster, links);
}

function isFree(cluster: ClusterDetail): boolean {
  return cluster.tier === "M0";
}

/** One region: Holdfast's clusters are replica sets in one place. */
function regionConfig(cluster: ClusterDetail, specs: object): object {
  return {
    ...(isFree(cluster)
      ? { providerName: "TENANT", backingProviderName: cluster.cloudProvider }
      : { providerName: cluster.cloudProvider }),
    regionName: cluster.region,
    priority: 7,
    electableSpecs: isFree(cluster) ? { instanceSize: cluster.tier } : specs,
  };
}

/** 2024-08-05: an entry for each shard, the disk's size in each spec. */
function presentByShard(cluster: ClusterDetail, links: Links): object {
  const specs = { instanceSize: cluster.tier, nodeCount: NODE_COUNT, diskSizeGB: diskSizeGB(cluster) };
  return {
    ...commonShape(cluster, links),
    replicationSpecs: [
      {
        id: partId(cluster.id, "shard"),
        zoneId: partId(cluster.id, "zone"),
        zoneName: "Zone 1",
        regionConfigs: [regionConfig(cluster, specs)],
      },
    ],
  };
}

/** 2023-02-01: an entry for each zone with its number of shards, the disk's size on top. */
function presentAdvanced(cluster: ClusterDetail, links: Links): object {
  return {
    ...commonShape(cluster, links),
    diskSizeGB: diskSizeGB(cluster),
    replicationSpecs: [
      {
        id: partId(cluster.id, "zone spec"),
        numShards: 1,
        zoneId: partId(cluster.id, "zone"),
        zoneName: "Zone 1",
        regionConfigs: [regionConfig(cluster, { instanceSize: cluster.tier, nodeCount: NODE_COUNT })],
      },
    ],
  };
}

/** 2023-01-01: one provider, regions as the keys of an object. */
function presentLegacy(cluster: ClusterDetail, links: Links): object {
  const nodes = { analyticsNodes: 0, electableNodes: NODE_COUNT, priority: 7, readOnlyNodes: 0 };
  const regions = { [cluster.region]: nodes };
  const { standard } = connectionStrings(cluster);
  return {
    ...commonShape(cluster, links),
    autoScaling: { compute: { enabled: false, scaleDownEnabled: false }, diskGBEnabled: false },
    diskSizeGB: diskSizeGB(cluster),
    ...(standard !== undefined && { mongoURI: standard.split("/?")[0], mongoURIWithOptions: standard }),
    numShards: 1,
    providerBackupEnabled: cluster.backupEnabled,
    providerSettings: {
      ...(isFree(cluster)
        ? { providerName: "TENANT", backingProviderName: cluster.cloudProvider }
        : { providerName: cluster.cloudProvider }),
      instanceSizeName: cluster.tier,
      regionName: cluster.region,
    },
    replicationFactor: NODE_COUNT,
    replicationSpec: regions,
    replicationSpecs: [
      { id: partId(cluster.id, "zone spec"), numShards: 1, regionsConfig: regions, zoneName: "Zone 1" },
    ],
  };
}

export function presentFlexCluster(cluster: ClusterDetail, links: Links): object {
  const groupId = cluster.project.id;
  const path = ["groups", groupId, "flexClusters", cluster.name];
  return {
    backupSettings: { enabled: cluster.backupEnabled },
    clusterType: "REPLICASET",
    connectionStrings: connectionStrings(cluster),
    createDate: isoSeconds(cluster.createdAt),
    groupId,
    id: cluster.id,
    links: [links.self(...path), links.to(kindRel("snapshots"), ...path, "backup", "snapshots")],
    mongoDBVersion: cluster.mongoDBVersion,
    name: cluster.name,
    providerSettings: {
      backingProviderName: cluster.cloudProvider,
      diskSizeGB: diskSizeGB(cluster),
      providerName: "FLEX",
      regionName: cluster.region,
    },
    stateName: stateName(cluster),
    tags: [],
    terminationProtectionEnabled: false,
    versionReleaseSystem: "LTS",
  };
}

/** A cluster in the list of all that the caller sees (`~/clusters`). */
export function presentCloudCluster(cluster: {
  id: string;
  name: string;
  tier: string;
  mongoDBVersion: string;
  backupEnabled: boolean;
  dataBytes: number | null;
  reachable: boolean | null;
}): object {
  return {
    alertCount: 0,
    authEnabled: true,
    availability: cluster.reachable === false ? "unavailable" : "available",
    backupEnabled: cluster.backupEnabled,
    clusterId: cluster.id,
    dataSizeBytes: cluster.dataBytes ?? 0,
    name: cluster.name,
    nodeCount: NODE_COUNT,
    sslEnabled: false,
    type: "REPLICA_SET",
    versions: [cluster.mongoDBVersion],
  };
}
