import * as z from "zod/mini";
import { Allowed, Id, NamedRef, PageInput } from "../common/schema";

export const TIERS = ["M0", "FLEX", "M10", "M20", "M30", "M40", "M50", "M60", "M80", "M140", "M200"] as const;
export const Tier = z.enum(TIERS);
export type Tier = z.infer<typeof Tier>;
export const CLOUD_PROVIDERS = ["AWS", "AZURE", "GCP"] as const;
export const CloudProvider = z.enum(CLOUD_PROVIDERS);
export type CloudProvider = z.infer<typeof CloudProvider>;
/** Regions offered in forms, by provider; others are accepted as words. */
export const REGIONS = {
  AWS: ["US_EAST_1", "US_WEST_2", "EU_CENTRAL_1", "EU_WEST_1", "AP_SOUTHEAST_1"],
  AZURE: ["US_EAST_2", "EUROPE_NORTH", "EUROPE_WEST", "ASIA_SOUTH_EAST"],
  GCP: ["CENTRAL_US", "EASTERN_US", "WESTERN_EUROPE", "EASTERN_ASIA_PACIFIC"],
} as const satisfies Record<CloudProvider, readonly string[]>;
/** Releases that a cluster run by Holdfast can pose as, newest first. */
export const EMBEDDED_VERSIONS = ["9.0.0", "8.2.0", "8.1.2", "8.0.4", "7.0.14", "6.0.16", "5.0.31", "4.4.29"] as const;
export const EmbeddedVersion = z.enum(EMBEDDED_VERSIONS);

/** Up to 64 letters, digits and hyphens; neither first nor last a hyphen. */
export const ClusterName = z
  .string()
  .check(
    z.trim(),
    z.minLength(1, "must not be empty"),
    z.maxLength(64, "must have at most 64 characters"),
    z.regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/, "may hold letters, digits and hyphens between them"),
  );
export const Region = z.string().check(z.regex(/^[A-Z0-9_]{2,40}$/, "capital letters, digits and underscores"));
export const ConnectionString = z.string().check(z.trim(), z.minLength(10), z.maxLength(4000));

export const CreateEmbeddedCluster = z.object({
  projectId: Id,
  name: ClusterName,
  tier: Tier,
  cloudProvider: z._default(CloudProvider, "AWS"),
  region: z._default(Region, "EU_CENTRAL_1"),
  mongoDBVersion: z._default(EmbeddedVersion, "8.0.4"),
  /** Hold the feature compatibility version at the release below, as an upgrade under observation does. */
  pinFcv: z._default(z.boolean(), false),
});
export type CreateEmbeddedCluster = z.infer<typeof CreateEmbeddedCluster>;

export const ConnectCluster = z.object({
  projectId: Id,
  name: ClusterName,
  tier: Tier,
  cloudProvider: z._default(CloudProvider, "AWS"),
  region: z._default(Region, "EU_CENTRAL_1"),
  connectionString: ConnectionString,
});
export type ConnectCluster = z.infer<typeof ConnectCluster>;
export const ClusterByName = z.object({ projectId: Id, name: z.string().check(z.maxLength(64)) });
export type ClusterByName = z.infer<typeof ClusterByName>;
export const TestConnection = z.object({ projectId: Id, connectionString: ConnectionString });
export type TestConnection = z.infer<typeof TestConnection>;
export const UpdateConnection = z.object({
  projectId: Id,
  clusterId: Id,
  connectionString: ConnectionString,
  /** The cluster shall be another server from now on than the one that it was. */
  acceptOtherServer: z._default(z.boolean(), false),
});
export type UpdateConnection = z.infer<typeof UpdateConnection>;

export const DeleteCluster = z.object({
  projectId: Id,
  clusterId: Id,
  typedName: z.string(),
  /** Keep existing snapshots after termination. */
  retainSnapshots: z._default(z.boolean(), true),
});
export type DeleteCluster = z.infer<typeof DeleteCluster>;

export const ClusterFilter = z.object({
  projectId: z.optional(Id),
  tier: z.optional(Tier),
  health: z.optional(z.lazy(() => ClusterHealth)),
  version: z.optional(z.string()),
  search: z.optional(z.string().check(z.maxLength(64))),
});
export const ListOrgClusters = z.extend(PageInput, {
  orgId: Id,
  filter: z._default(ClusterFilter, {}),
  /** "needsYou" puts trouble first; then by name. */
  sort: z._default(z.enum(["needsYou", "name", "-name", "-dataBytes", "-lastSnapshotAt"]), "needsYou"),
});
export type ListOrgClusters = z.infer<typeof ListOrgClusters>;

/** One state, one badge. */
export const CLUSTER_HEALTH = [
  "snapshotFailed",
  "unreachable",
  "notConnected",
  "locked",
  "neverProven",
  "noSnapshot",
  "snapshotRunning",
  "creating",
  "deleting",
  "protected",
  "noBackups",
  "terminated",
] as const;
export const ClusterHealth = z.enum(CLUSTER_HEALTH);
export type ClusterHealth = z.infer<typeof ClusterHealth>;

/** Why nothing may change the cluster now. */
export const LockView = z.object({
  since: z.date(),
  heartbeatAt: z.date(),
  reason: z.string(),
  runId: Id,
  /** Null when the reader may not see restores. */
  restoreId: z.nullable(Id),
  /** The server itself refuses writes. */
  serverSide: z.boolean(),
});
export type LockView = z.infer<typeof LockView>;

export const SnapshotMark = z.object({ id: Id, at: z.date(), consistent: z.boolean() });

export const ClusterView = z.object({
  id: Id,
  name: z.string(),
  project: NamedRef,
  tier: z.string(),
  cloudProvider: z.string(),
  region: z.string(),
  mongoDBVersion: z.string(),
  fcv: z.string(),
  fcvPinned: z.boolean(),
  fcvPinnedUntil: z.nullable(z.date()),
  deploymentKind: z.enum(["EMBEDDED", "EXTERNAL"]),
  state: z.enum(["CREATING", "IDLE", "DELETING", "DELETED"]),
  stateMessage: z.nullable(z.string()),
  health: ClusterHealth,
  backupEnabled: z.boolean(),
  dataBytes: z.nullable(z.int()),
  documents: z.nullable(z.int()),
  diskBytes: z.nullable(z.int()),
  observedAt: z.nullable(z.date()),
  reachable: z.nullable(z.boolean()),
  createdAt: z.date(),
  deletedAt: z.nullable(z.date()),
  snapshotCount: z.int(),
  lastSnapshot: z.nullable(SnapshotMark),
  lastFailure: z.nullable(z.object({ snapshotId: Id, at: z.date(), message: z.nullable(z.string()) })),
  /** The last time a restore of this cluster's data was read back with equal roots. */
  lastProven: z.nullable(
    z.object({ at: z.date(), snapshotId: Id, restoreId: z.nullable(Id), by: z.nullable(z.string()) }),
  ),
  lastVerifiedAt: z.nullable(z.date()),
  runningSnapshot: z.nullable(z.object({ runId: Id, snapshotId: Id, percent: z.nullable(z.number()) })),
  lock: z.nullable(LockView),
  can: z.object({
    takeSnapshot: Allowed,
    /** Start a restore from this cluster's snapshots. */
    restore: Allowed,
    update: Allowed,
    delete: Allowed,
    connect: Allowed,
  }),
});
export type ClusterView = z.infer<typeof ClusterView>;

/** A cluster's own page. */
export const ClusterDetail = z.extend(ClusterView, {
  /** Hosts without credentials. */
  hosts: z.array(z.string()),
  replicaSetName: z.nullable(z.string()),
  /** Stored and full-copy bytes of its completed snapshots. */
  stored: z.object({ storedBytes: z.int(), fullCopyBytes: z.int() }),
  embedded: z.nullable(
    z.object({ status: z.string(), port: z.int(), restarts: z.int(), lastError: z.nullable(z.string()) }),
  ),
});
export type ClusterDetail = z.infer<typeof ClusterDetail>;

export const OrgClustersView = z.object({
  items: z.array(ClusterView),
  nextCursor: z.nullable(z.string()),
  total: z.int(),
  projectCount: z.int(),
  needsYou: z.int(),
  /** Projects of the organization that the reader knows of but whose clusters they may not see. */
  hiddenProjects: z.array(NamedRef),
  versions: z.array(z.string()),
});
export type OrgClustersView = z.infer<typeof OrgClustersView>;

/** What a look at a deployment found; nothing of the connection string. */
export const ConnectionFacts = z.object({
  mongoDBVersion: z.string(),
  fcv: z.string(),
  fcvPinned: z.boolean(),
  topology: z.enum(["replicaSet", "standalone", "sharded"]),
  replicaSetName: z.nullable(z.string()),
  hosts: z.array(z.string()),
  dataBytes: z.nullable(z.int()),
  documents: z.nullable(z.int()),
  freeBytes: z.nullable(z.int()),
  authorizationEnabled: z.boolean(),
  /** Privileges that backups or restores need and the user does not have. */
  missingPrivileges: z.array(z.string()),
  supports: z.object({
    snapshotReads: z.boolean(),
    oplog: z.boolean(),
    transactions: z.boolean(),
    writeBlock: z.boolean(),
  }),
  /** Another cluster here that is the same server. */
  sameServerAs: z.nullable(z.string()),
});
export type ConnectionFacts = z.infer<typeof ConnectionFacts>;

/** How to reach the cluster; user and password are placeholders. */
export const ConnectInfo = z.object({ connectionString: z.string(), mongosh: z.string() });
export type ConnectInfo = z.infer<typeof ConnectInfo>;

/** An M0 cluster has no backups: the exact commands that make and bring back a dump. */
export const DumpCommands = z.object({
  dump: z.string(),
  restore: z.string(),
  /** The same into and from one compressed file. */
  dumpArchive: z.string(),
  restoreArchive: z.string(),
  note: z.string(),
});
export type DumpCommands = z.infer<typeof DumpCommands>;
