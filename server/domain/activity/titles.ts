/** Every kind of entry, with its words. Names of the Admin API's event types where it has one. */
export const ACTIVITY_TITLES = {
  ORG_CREATED: "Organization created",
  REPOSITORY_ADOPTED: "Repository adopted, its catalogue rebuilt",
  ORG_RENAMED: "Organization renamed",
  JOINED_ORG: "Person added to the organization",
  REMOVED_FROM_ORG: "Person removed from the organization",
  ORG_ROLES_CHANGED: "Organization roles changed",
  API_KEY_CREATED: "API key created",
  API_KEY_DELETED: "API key deleted",
  STORAGE_TARGET_ADDED: "Storage target added",
  STORAGE_TARGET_CHANGED: "Storage target changed",
  STORAGE_TARGET_REMOVED: "Storage target removed",
  STORAGE_DEFAULT_CHANGED: "Default storage target changed",
  STORAGE_ASSIGNED: "Storage target assigned",
  STORAGE_UNASSIGNED: "Storage assignment taken away",
  GROUP_CREATED: "Project created",
  GROUP_RENAMED: "Project renamed",
  GROUP_DELETED: "Project deleted",
  ADDED_SELF_TO_GROUP: "Organization Owner added themselves to the project",
  JOINED_GROUP: "Member added to the project",
  REMOVED_FROM_GROUP: "Member removed from the project",
  USER_ROLES_CHANGED_AUDIT: "Project roles changed",
  CLUSTER_CREATED: "Cluster created",
  CLUSTER_READY: "Cluster ready",
  CLUSTER_UPDATE_COMPLETED: "Cluster changed",
  CLUSTER_DELETED: "Cluster terminated",
  CPS_ON_DEMAND_SNAPSHOT_REQUESTED: "Snapshot asked for",
  CPS_SNAPSHOT_STARTED: "Snapshot started",
  CPS_SNAPSHOT_SUCCESSFUL: "Snapshot completed",
  CPS_SNAPSHOT_FAILED: "Snapshot failed",
  SNAPSHOT_CANCELLED: "Snapshot cancelled",
  CPS_SNAPSHOT_DELETED_AUDIT: "Snapshot deleted",
  SNAPSHOT_EXPIRED: "Snapshot expired",
  SNAPSHOT_VERIFY_REQUESTED: "Verification asked for",
  SNAPSHOT_VERIFIED: "Snapshot verified",
  SNAPSHOT_FOUND_DAMAGED: "Snapshot found damaged",
  SNAPSHOT_VERIFY_FAILED: "Verification failed",
  CPS_RESTORE_REQUESTED_AUDIT: "Restore asked for",
  RESTORE_STARTED: "Restore started, writes blocked",
  CPS_RESTORE_SUCCESSFUL: "Restore completed and proven",
  CPS_RESTORE_FAILED: "Restore failed",
  RESTORE_CANCELLED: "Restore cancelled",
  RESTORE_ROLLED_BACK: "Restore rolled back, the cluster is as it was",
  RUN_CANCEL_REQUESTED: "Cancelling asked for",
  ACCESS_REFUSED: "Refused: the role is missing",
} as const;

export type ActivityType = keyof typeof ACTIVITY_TITLES;

/** Words for a stored type; one that this release does not know keeps its name. */
export function activityTitle(type: string): string {
  return Object.hasOwn(ACTIVITY_TITLES, type) ? ACTIVITY_TITLES[type as ActivityType] : type;
}
