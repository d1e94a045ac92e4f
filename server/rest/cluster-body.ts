import * as z from "zod/mini";
import {
  CLOUD_PROVIDERS,
  ClusterName,
  CloudProvider,
  ConnectionString,
  EMBEDDED_VERSIONS,
  Region,
  Tier,
  type ConnectCluster,
  type CreateEmbeddedCluster,
} from "@/server/domain/clusters/schema";
import { AtlasError } from "./atlas-error";
import type { ApiVersion } from "./versions";

const RegionConfig = z.object({
  providerName: z.enum([...CLOUD_PROVIDERS, "TENANT"]),
  backingProviderName: z.optional(CloudProvider),
  regionName: z.optional(Region),
  priority: z.optional(z.number()),
  electableSpecs: z.optional(z.object({ instanceSize: z.optional(z.string()), diskSizeGB: z.optional(z.number()) })),
});

/** What all versions of the request have, as far as it means something here; other fields are ignored. */
const common = {
  name: ClusterName,
  clusterType: z.optional(z.enum(["REPLICASET", "SHARDED", "GEOSHARDED"])),
  mongoDBMajorVersion: z.optional(z.string()),
  /** Ours: a cluster that runs elsewhere is connected instead of created. */
  holdfast: z.optional(z.object({ connectionString: z.optional(ConnectionString) })),
};

const AdvancedBody = z.object({
  ...common,
  replicationSpecs: z
    .array(
      z.object({
        numShards: z.optional(z.int()),
        regionConfigs: z.array(RegionConfig).check(z.minLength(1)),
      }),
    )
    .check(z.minLength(1)),
});

const LegacyBody = z.object({
  ...common,
  numShards: z.optional(z.int()),
  providerSettings: z.object({
    providerName: z.enum([...CLOUD_PROVIDERS, "TENANT"]),
    backingProviderName: z.optional(CloudProvider),
    instanceSizeName: z.string(),
    regionName: z.optional(Region),
  }),
});

export type ClusterBody = z.infer<typeof AdvancedBody> | z.infer<typeof LegacyBody>;

/** The schema of a creation request in this version. */
export function clusterBodySchema(version: ApiVersion): z.core.$ZodType<ClusterBody> {
  return version < "2023-02-01" ? LegacyBody : AdvancedBody;
}

interface Wanted {
  provider: CloudProvider;
  region: string | undefined;
  size: string | undefined;
  shards: number;
}

/** The one input of the service behind the three shapes; `connectionString` where the cluster runs elsewhere. */
export function readClusterBody(projectId: string, body: ClusterBody): CreateEmbeddedCluster | ConnectCluster {
  const wanted = "providerSettings" in body ? readLegacy(body) : readAdvanced(body);
  if (wanted.shards > 1 || (body.clusterType !== undefined && body.clusterType !== "REPLICASET")) {
    throw new AtlasError("FEATURE_UNSUPPORTED", { parameters: ["sharded clusters"] });
  }
  const shared = {
    projectId,
    name: body.name,
    tier: readTier(wanted.size),
    cloudProvider: wanted.provider,
    region: wanted.region ?? "EU_CENTRAL_1",
  };
  const connectionString = body.holdfast?.connectionString;
  if (connectionString !== undefined) return { ...shared, connectionString };
  return { ...shared, mongoDBVersion: newestRelease(body.mongoDBMajorVersion), pinFcv: false };
}

function readAdvanced(body: z.infer<typeof AdvancedBody>): Wanted {
  const configs = body.replicationSpecs.flatMap((spec) => spec.regionConfigs);
  // The region with the highest priority is where the primary would be.
  const [main] = [...configs].sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0));
  return {
    provider: backing(main!),
    region: main!.regionName,
    size: main!.electableSpecs?.instanceSize,
    shards: body.replicationSpecs.reduce((sum, spec) => sum + (spec.numShards ?? 1), 0),
  };
}

function readLegacy(body: z.infer<typeof LegacyBody>): Wanted {
  const settings = body.providerSettings;
  return {
    provider: backing(settings),
    region: settings.regionName,
    size: settings.instanceSizeName,
    shards: body.numShards ?? 1,
  };
}

function backing(config: {
  providerName: CloudProvider | "TENANT";
  backingProviderName?: CloudProvider;
}): CloudProvider {
  return config.providerName === "TENANT" ? (config.backingProviderName ?? "AWS") : config.providerName;
}

function readTier(size: string | undefined): Tier {
  if (size === undefined) throw new AtlasError("MISSING_ATTRIBUTE", { parameters: ["instanceSize"] });
  const tier = z.safeParse(Tier, size);
  // Flex clusters have paths of their own.
  if (tier.success && tier.data !== "FLEX") return tier.data;
  throw new AtlasError("INVALID_ENUM_VALUE", { parameters: ["instanceSize", size] });
}

/** "8.0" and "8" are the newest release of their series; without one, the newest 8.0. */
function newestRelease(majorVersion = "8.0"): CreateEmbeddedCluster["mongoDBVersion"] {
  const series = majorVersion.includes(".") ? majorVersion : `${majorVersion}.0`;
  const release = EMBEDDED_VERSIONS.find((version) => version === series || version.startsWith(`${series}.`));
  if (release) return release;
  throw new AtlasError("INVALID_ENUM_VALUE", { parameters: ["mongoDBMajorVersion", majorVersion] });
}
