import { ORG_ROLES, PROJECT_ROLES, type OrgRole, type ProjectRole } from "./schema";

export { ORG_ROLES, PROJECT_ROLES, type OrgRole, type ProjectRole };

/** The words for a role, and what it gives, in one line. */
export interface RoleWords {
  label: string;
  gives: string;
}

export const ORG_ROLE_WORDS = {
  ORG_OWNER: {
    label: "Organization Owner",
    gives: "Everything in the organization, except backups of projects they have not been added to",
  },
  ORG_GROUP_CREATOR: { label: "Organization Project Creator", gives: "Create projects, as their owner" },
  ORG_BILLING_ADMIN: { label: "Organization Billing Admin", gives: "Manage billing" },
  ORG_BILLING_READ_ONLY: { label: "Organization Billing Viewer", gives: "View billing" },
  ORG_STREAM_PROCESSING_ADMIN: {
    label: "Organization Stream Processing Admin",
    gives: "Stream processing in all projects",
  },
  ORG_READ_ONLY: { label: "Organization Read Only", gives: "View settings, people and all projects" },
  ORG_MEMBER: { label: "Organization Member", gives: "View settings and people; projects they were added to" },
} as const satisfies Record<OrgRole, RoleWords>;

export const PROJECT_ROLE_WORDS = {
  GROUP_OWNER: { label: "Project Owner", gives: "Everything in the project" },
  GROUP_BACKUP_MANAGER: {
    label: "Project Backup Manager",
    gives: "Take, restore, download and delete snapshots; edit backup policies",
  },
  GROUP_BACKUP_CREATOR: { label: "Project Backup Creator", gives: "Take snapshots" },
  GROUP_BACKUP_RECOVERY_OPERATOR: { label: "Project Backup Recovery Operator", gives: "Restore snapshots" },
  GROUP_BACKUP_EXPORT_OPERATOR: { label: "Project Backup Export Operator", gives: "Download and export snapshots" },
  GROUP_ACCESS_MANAGER: { label: "Project Access Manager", gives: "Add people and API keys, change their roles" },
  GROUP_CLUSTER_CREATOR: { label: "Project Cluster Creator", gives: "Create clusters" },
  GROUP_CLUSTER_MANAGER: { label: "Project Cluster Manager", gives: "Edit clusters, switch backup on and off" },
  GROUP_REPLICA_SET_MANAGER: { label: "Project Replica Set Manager", gives: "Edit tier and regions" },
  GROUP_CLUSTER_RESILIENCE_TESTER: { label: "Project Cluster Resilience Tester", gives: "Test failover" },
  GROUP_CLUSTER_LOG_VIEWER: { label: "Project Cluster Log Viewer", gives: "View database and audit logs" },
  GROUP_DATA_ACCESS_ADMIN: { label: "Project Data Access Admin", gives: "Read and write data, indexes, archives" },
  GROUP_DATA_ACCESS_READ_WRITE: { label: "Project Data Access Read/Write", gives: "Read and write data" },
  GROUP_DATA_ACCESS_READ_ONLY: { label: "Project Data Access Read Only", gives: "Read data" },
  GROUP_DATABASE_ACCESS_ADMIN: { label: "Project Database Access Admin", gives: "Manage database users" },
  GROUP_OBSERVABILITY_VIEWER: { label: "Project Observability Viewer", gives: "View performance tools" },
  GROUP_ALERTS_MANAGER: { label: "Project Alerts Manager", gives: "Edit and acknowledge alerts" },
  GROUP_STREAM_PROCESSING_OWNER: { label: "Project Stream Processing Owner", gives: "Stream processing" },
  GROUP_NETWORK_ACCESS_MANAGER: { label: "Project Network Access Manager", gives: "Edit network lists" },
  GROUP_SEARCH_INDEX_EDITOR: { label: "Project Search Index Editor", gives: "Edit search indexes" },
  GROUP_INDEX_MANAGER: { label: "Project Index Manager", gives: "Build indexes" },
  GROUP_REAL_TIME_PERFORMANCE_OPERATOR: {
    label: "Project Real Time Performance Operator",
    gives: "See and stop running operations",
  },
  GROUP_TRIGGER_MANAGER: { label: "Project Trigger Manager", gives: "Manage triggers" },
  GROUP_SUPPORT_ACCESS_MANAGER: { label: "Project Support Access Manager", gives: "Grant support access" },
  GROUP_MODEL_OWNER: { label: "Project Model Owner", gives: "Manage model keys" },
  GROUP_READ_ONLY: { label: "Project Read Only", gives: "View the project" },
} as const satisfies Record<ProjectRole, RoleWords>;

const WORDS: Readonly<Record<string, RoleWords>> = { ...ORG_ROLE_WORDS, ...PROJECT_ROLE_WORDS };

/** The words for a stored role; a role that this release does not know keeps its name (and gives nothing). */
export function roleLabel(role: string): string {
  return WORDS[role]?.label ?? role;
}

/** A role as views carry it. */
export function presentRole(role: string): { role: string; label: string } {
  return { role, label: roleLabel(role) };
}

/** Only the names that are organization roles: a stored value that is unknown counts for nothing. */
export function knownOrgRoles(stored: readonly string[]): OrgRole[] {
  return ORG_ROLES.filter((role) => stored.includes(role));
}

/** Only the names that are project roles. */
export function knownProjectRoles(stored: readonly string[]): ProjectRole[] {
  return PROJECT_ROLES.filter((role) => stored.includes(role));
}
