import { ORG_ROLES, PROJECT_ROLES, type OrgRole, type ProjectRole } from "./schema";

/**
 * Who may do what: the one table. `server/access` is the only code that compares roles; tRPC procedures, REST routes
 * and jobs name a permission and ask `requirePermission`.
 *
 *   org           asked for an organization; granted by roles in it
 *   project       asked for a project; granted by roles in the project, or by roles in its organization
 *   self          anybody who is signed in, about themselves
 *   anyone        without signing in (set-up)
 *
 * Roles add up; there is no deny. The matrices are sections 7.3 and 7.4 of Atlas' rules. An Organization Owner stands
 * in every project for what is not about backups; for backups they need a role in the project itself.
 */
export type PermissionScope = "org" | "project" | "self" | "anyone";

export interface PermissionRule {
  readonly scope: PermissionScope;
  /** Roles of the organization that grant it. */
  readonly org: readonly OrgRole[];
  /** Roles of the project that grant it; only for scope "project". */
  readonly project: readonly ProjectRole[];
  /** What it allows, as an action: "Take a snapshot". */
  readonly label: string;
}

const ANY_ORG: readonly OrgRole[] = ORG_ROLES;
const ANY_PROJECT: readonly ProjectRole[] = PROJECT_ROLES;
const OWNER: readonly OrgRole[] = ["ORG_OWNER"];
/** Organization roles that see every project. */
const SEES_PROJECTS: readonly OrgRole[] = ["ORG_OWNER", "ORG_READ_ONLY"];
/** Seeing backups: an Organization Owner adds themselves first. */
const SEES_BACKUPS: readonly OrgRole[] = ["ORG_READ_ONLY"];
const NOBODY: readonly OrgRole[] = [];

type RuleOf<S extends PermissionScope> = PermissionRule & { readonly scope: S };

const org = (roles: readonly OrgRole[], label: string): RuleOf<"org"> => ({
  scope: "org",
  org: roles,
  project: [],
  label,
});
const project = (roles: readonly ProjectRole[], orgRoles: readonly OrgRole[], label: string): RuleOf<"project"> => ({
  scope: "project",
  org: orgRoles,
  project: roles,
  label,
});
const own = <S extends "self" | "anyone">(scope: S, label: string): RuleOf<S> => ({
  scope,
  org: [],
  project: [],
  label,
});

export const PERMISSIONS = {
  "setup.complete": own("anyone", "Set up the installation"),
  "account.read": own("self", "See the own account"),
  "account.update": own("self", "Change the own account"),
  "run.list": own("self", "See what runs in the projects one can see"),

  "org.read": org(ANY_ORG, "View the organization"),
  "org.update": org(OWNER, "Change the organization"),
  "org.delete": org(OWNER, "Delete the organization"),
  "org.search": org(ANY_ORG, "Search the organization"),
  "org.clusters.read": org(ANY_ORG, "View all clusters of the projects one can see"),
  "project.create": org(["ORG_OWNER", "ORG_GROUP_CREATOR"], "Create a project"),
  "project.list": org(ANY_ORG, "List the projects one can see"),
  "org.member.read": org(ANY_ORG, "View the organization's people"),
  "org.member.manage": org(OWNER, "Add and remove people, change organization roles"),
  "team.manage": org(OWNER, "Manage teams"),
  "apiKey.read": org(ANY_ORG, "View API keys"),
  "apiKey.manage": org(OWNER, "Manage API keys"),
  "org.activity.read": org(ANY_ORG, "View the organization's activity"),
  "storage.read": org(ANY_ORG, "View storage targets"),
  "storage.manage": org(OWNER, "Manage storage targets"),
  "recoveryKit.read": org(OWNER, "Print recovery kits"),
  "billing.read": org(["ORG_OWNER", "ORG_BILLING_ADMIN", "ORG_BILLING_READ_ONLY"], "View billing"),
  "billing.manage": org(["ORG_OWNER", "ORG_BILLING_ADMIN"], "Manage billing"),

  "project.read": project(ANY_PROJECT, SEES_PROJECTS, "View the project"),
  "project.join": project([], OWNER, "Add oneself to the project"),
  "project.update": project(["GROUP_OWNER"], OWNER, "Change the project's settings"),
  "project.delete": project(["GROUP_OWNER"], OWNER, "Delete the project"),
  "project.member.read": project(ANY_PROJECT, SEES_PROJECTS, "View the project's members"),
  "project.member.manage": project(["GROUP_OWNER", "GROUP_ACCESS_MANAGER"], OWNER, "Add members and change roles"),
  "project.apiKey.manage": project(["GROUP_OWNER", "GROUP_ACCESS_MANAGER"], OWNER, "Manage the project's API keys"),
  "activity.read": project(ANY_PROJECT, SEES_PROJECTS, "View the project's activity"),
  "serviceAccount.manage": project(["GROUP_OWNER"], OWNER, "Manage service accounts"),
  "encryption.manage": project(["GROUP_OWNER"], OWNER, "Manage encryption at rest"),
  "alert.read": project(ANY_PROJECT, SEES_PROJECTS, "View alerts"),
  "alert.manage": project(["GROUP_OWNER", "GROUP_ALERTS_MANAGER"], OWNER, "Edit and acknowledge alerts"),

  "cluster.read": project(ANY_PROJECT, SEES_PROJECTS, "View clusters"),
  "cluster.create": project(["GROUP_OWNER", "GROUP_CLUSTER_CREATOR"], OWNER, "Create a cluster"),
  "cluster.update": project(["GROUP_OWNER", "GROUP_CLUSTER_MANAGER"], OWNER, "Edit a cluster"),
  "cluster.pause": project(["GROUP_OWNER", "GROUP_CLUSTER_MANAGER"], OWNER, "Pause and resume a cluster"),
  "cluster.delete": project(["GROUP_OWNER"], OWNER, "Terminate a cluster"),
  "cluster.pinFcv": project(["GROUP_OWNER"], OWNER, "Pin the feature compatibility version"),
  "cluster.connect": project(ANY_PROJECT, SEES_PROJECTS, "See how to connect to a cluster"),
  "flex.manage": project(["GROUP_OWNER"], OWNER, "Create, edit and delete Flex clusters"),
  "flex.upgrade": project(["GROUP_OWNER", "GROUP_CLUSTER_MANAGER"], OWNER, "Upgrade Flex to Dedicated"),
  "databaseUser.manage": project(["GROUP_OWNER", "GROUP_DATABASE_ACCESS_ADMIN"], OWNER, "Manage database users"),
  "data.read": project(
    ["GROUP_OWNER", "GROUP_DATA_ACCESS_ADMIN", "GROUP_DATA_ACCESS_READ_WRITE", "GROUP_DATA_ACCESS_READ_ONLY"],
    NOBODY,
    "Read data",
  ),
  "data.write": project(
    ["GROUP_OWNER", "GROUP_DATA_ACCESS_ADMIN", "GROUP_DATA_ACCESS_READ_WRITE"],
    NOBODY,
    "Write data",
  ),

  "backup.switch": project(["GROUP_OWNER", "GROUP_CLUSTER_MANAGER"], NOBODY, "Switch backup on and off"),
  "backup.policy.read": project(ANY_PROJECT, SEES_BACKUPS, "View backup policies"),
  "backup.policy.edit": project(["GROUP_OWNER", "GROUP_BACKUP_MANAGER"], NOBODY, "Edit backup policies"),
  "backup.exportBucket.manage": project(["GROUP_OWNER", "GROUP_BACKUP_MANAGER"], NOBODY, "Manage export buckets"),
  "backup.compliance.read": project(["GROUP_OWNER"], NOBODY, "View the compliance policy"),
  "backup.compliance.manage": project(["GROUP_OWNER"], NOBODY, "Manage the compliance policy"),
  "snapshot.read": project(ANY_PROJECT, SEES_BACKUPS, "View snapshots"),
  "snapshot.take": project(["GROUP_OWNER", "GROUP_BACKUP_MANAGER", "GROUP_BACKUP_CREATOR"], NOBODY, "Take a snapshot"),
  "snapshot.cancel": project(
    ["GROUP_OWNER", "GROUP_BACKUP_MANAGER", "GROUP_BACKUP_CREATOR"],
    NOBODY,
    "Cancel a snapshot",
  ),
  "snapshot.verify": project(
    ["GROUP_OWNER", "GROUP_BACKUP_MANAGER", "GROUP_BACKUP_CREATOR", "GROUP_BACKUP_RECOVERY_OPERATOR"],
    NOBODY,
    "Verify a snapshot",
  ),
  "snapshot.delete": project(["GROUP_OWNER", "GROUP_BACKUP_MANAGER"], NOBODY, "Delete a snapshot"),
  "snapshot.retention": project(["GROUP_OWNER", "GROUP_BACKUP_MANAGER"], NOBODY, "Change a snapshot's retention"),
  "snapshot.browse": project(["GROUP_OWNER", "GROUP_BACKUP_MANAGER"], NOBODY, "Browse what is in a snapshot"),
  "snapshot.download": project(
    ["GROUP_OWNER", "GROUP_BACKUP_MANAGER", "GROUP_BACKUP_EXPORT_OPERATOR"],
    NOBODY,
    "Download or export a snapshot",
  ),
  "restore.read": project(ANY_PROJECT, SEES_BACKUPS, "View restores"),
  "restore.start": project(
    ["GROUP_OWNER", "GROUP_BACKUP_MANAGER", "GROUP_BACKUP_RECOVERY_OPERATOR"],
    NOBODY,
    "Start a restore",
  ),
  "restore.cancel": project(
    ["GROUP_OWNER", "GROUP_BACKUP_MANAGER", "GROUP_BACKUP_RECOVERY_OPERATOR", "GROUP_BACKUP_EXPORT_OPERATOR"],
    NOBODY,
    "Cancel a restore",
  ),
  "run.read": project(ANY_PROJECT, SEES_BACKUPS, "View running work"),

  "archive.read": project(ANY_PROJECT, SEES_BACKUPS, "View and query archives"),
  "archive.create": project(
    ["GROUP_OWNER", "GROUP_CLUSTER_MANAGER", "GROUP_DATA_ACCESS_ADMIN"],
    NOBODY,
    "Create and delete archives",
  ),
  "archive.edit": project(["GROUP_OWNER", "GROUP_DATA_ACCESS_ADMIN"], NOBODY, "Edit, pause and resume archives"),
} as const satisfies Record<string, PermissionRule>;

export type Permission = keyof typeof PERMISSIONS;
/** The permissions that are asked for one kind of thing. */
export type PermissionFor<S extends PermissionScope> = {
  [P in Permission]: (typeof PERMISSIONS)[P]["scope"] extends S ? P : never;
}[Permission];

/** The rule of a permission; undefined for a name that is not in the table (and then nobody has it). */
export function findRule(permission: string): PermissionRule | undefined {
  return Object.hasOwn(PERMISSIONS, permission) ? PERMISSIONS[permission as Permission] : undefined;
}

/** The project roles that grant a permission, the narrowest words first that people ask for. */
export function rolesThatGrant(permission: Permission): readonly (OrgRole | ProjectRole)[] {
  const rule: PermissionRule = PERMISSIONS[permission];
  return rule.scope === "project" && rule.project.length > 0 ? rule.project : rule.org;
}
