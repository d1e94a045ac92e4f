import * as z from "zod/mini";
import { ClusterView } from "../clusters/schema";
import { Allowed, Id, NamedRef, RoleView, shortText } from "../common/schema";
import { RunSummary } from "../runs/schema";

export const ProjectName = shortText(64);
export const CreateProject = z.object({ orgId: Id, name: ProjectName });
export type CreateProject = z.infer<typeof CreateProject>;
export const RenameProject = z.object({ projectId: Id, name: ProjectName });
export type RenameProject = z.infer<typeof RenameProject>;
export const DeleteProject = z.object({ projectId: Id, typedName: z.string() });
export type DeleteProject = z.infer<typeof DeleteProject>;
/** "Add me to this project": an Organization Owner gives themselves one of these. */
export const JOIN_ROLES = ["GROUP_OWNER", "GROUP_BACKUP_MANAGER", "GROUP_READ_ONLY"] as const;
export const JoinProject = z.object({ projectId: Id, role: z.enum(JOIN_ROLES) });
export type JoinProject = z.infer<typeof JoinProject>;

export const ProjectListItem = z.object({
  id: Id,
  name: z.string(),
  createdAt: z.date(),
  isMember: z.boolean(),
  myRoles: z.array(RoleView),
  /** Null where the reader may not see the project's clusters. */
  clusterCount: z.nullable(z.int()),
  memberCount: z.int(),
  can: z.object({ join: Allowed, readClusters: Allowed }),
});
export type ProjectListItem = z.infer<typeof ProjectListItem>;

export const ProjectView = z.object({
  id: Id,
  name: z.string(),
  createdAt: z.date(),
  organization: NamedRef,
  isMember: z.boolean(),
  myRoles: z.array(RoleView),
  can: z.object({
    join: Allowed,
    update: Allowed,
    delete: Allowed,
    readClusters: Allowed,
    createCluster: Allowed,
    takeSnapshot: Allowed,
    readRestores: Allowed,
    restore: Allowed,
    manageMembers: Allowed,
    readActivity: Allowed,
  }),
});
export type ProjectView = z.infer<typeof ProjectView>;

/** Something that asks for a person; the words are made from kind and facts on the page. */
export const NeedsYou = z.object({
  kind: z.enum([
    "snapshotFailed",
    "noSnapshot",
    "neverProven",
    "unreachable",
    "notConnected",
    "notConsistent",
    "restoreFailed",
  ]),
  severity: z.enum(["bad", "warn"]),
  cluster: NamedRef,
  since: z.nullable(z.date()),
  snapshotId: z.nullable(Id),
  restoreId: z.nullable(Id),
  /** How many snapshots (neverProven), … */
  count: z.nullable(z.int()),
  /** Our words for what went wrong, where an error was stored. */
  message: z.nullable(z.string()),
});
export type NeedsYou = z.infer<typeof NeedsYou>;

export const ProjectOverview = z.object({
  project: NamedRef,
  lookedAt: z.date(),
  /** What the verdict sentence is made of. */
  verdict: z.object({
    clusters: z.int(),
    /** Clusters whose tier has backups. */
    withBackups: z.int(),
    restorable: z.int(),
    provenLast7Days: z.int(),
    needsYou: z.int(),
    /** Names of clusters without backups (M0). */
    withoutBackups: z.array(z.string()),
  }),
  newestSnapshotAt: z.nullable(z.date()),
  stored: z.object({
    /** Compressed, encrypted, each node once. */
    storedBytes: z.int(),
    /** What the same snapshots would take as full copies. */
    fullCopyBytes: z.int(),
    snapshots: z.int(),
  }),
  needsYou: z.array(NeedsYou),
  clusters: z.array(ClusterView),
  running: z.array(RunSummary),
  /** Stored bytes at the end of each of the last 30 days (UTC), oldest first. */
  storedHistory: z.array(z.object({ day: z.string(), storedBytes: z.int(), addedBytes: z.int() })),
  can: z.object({ takeSnapshot: Allowed, restore: Allowed, createCluster: Allowed }),
});
export type ProjectOverview = z.infer<typeof ProjectOverview>;
