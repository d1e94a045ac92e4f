/**
 * Every code that a DomainError can carry, with its kind. The kind decides status, log level and what a job does
 * (kinds.ts); the words for people are in components/errors/messages.ts. Codes that the Admin API documents keep
 * their spelling. Never remove or rename one: scripts match on them.
 */
export const ERROR_KINDS = {
  // access
  SIGNED_OUT: "signedOut",
  SIGN_IN_FAILED: "signedOut",
  RATE_LIMITED: "limited",
  USER_UNAUTHORIZED: "forbidden",
  RESOURCE_NOT_FOUND: "notFound",
  ORG_NOT_FOUND: "notFound",
  GROUP_NOT_FOUND: "notFound",
  CLUSTER_NOT_FOUND: "notFound",
  SNAPSHOT_NOT_FOUND: "notFound",
  RESTORE_JOB_NOT_FOUND: "notFound",
  RUN_NOT_FOUND: "notFound",
  USER_NOT_FOUND: "notFound",
  SETUP_TOKEN_INVALID: "forbidden",
  SETUP_ALREADY_DONE: "conflict",
  // input
  VALIDATION_ERROR: "invalid",
  INVALID_ATTRIBUTE: "invalid",
  MISSING_ATTRIBUTE: "invalid",
  // organizations, projects, members
  GROUP_ALREADY_EXISTS: "conflict",
  CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS: "conflict",
  USER_ALREADY_EXISTS: "conflict",
  CANNOT_DEMOTE_LAST_ORG_OWNER: "forbidden",
  CANNOT_DELETE_LAST_ADMIN: "forbidden",
  CANNOT_REMOVE_LAST_GROUP_OWNER: "forbidden",
  CANNOT_REMOVE_ALL_USER_ROLES: "forbidden",
  // clusters
  DUPLICATE_CLUSTER_NAME: "conflict",
  CLUSTER_UNREACHABLE: "unavailable",
  CLUSTER_AUTHENTICATION_FAILED: "invalid",
  CLUSTER_PRIVILEGE_MISSING: "invalid",
  CLUSTER_IS_MONGOS: "invalid",
  CONNECTION_STRING_INVALID: "invalid",
  CONNECTION_STRING_REFUSED: "invalid",
  CLUSTER_NOT_READY: "conflict",
  CLUSTER_VERSION_UNSUPPORTED: "invalid",
  CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE: "conflict",
  CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API: "invalid",
  CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API: "invalid",
  INSUFFICIENT_INSTANCE_SIZE: "invalid",
  // snapshots
  UNFINISHED_ON_DEMAND_SNAPSHOT: "conflict",
  BACKUP_SNAPSHOT_RETENTION_VALUE_INVALID: "invalid",
  CANNOT_DELETE_IN_PROGRESS_SNAPSHOT: "conflict",
  CANNOT_DELETE_LAST_VERIFIED_SNAPSHOT: "conflict",
  SNAPSHOT_NOT_COMPLETED: "conflict",
  SNAPSHOT_SOURCE_CHANGED: "unavailable",
  RUN_NOT_CANCELLABLE: "conflict",
  RUN_CANCELLED: "conflict",
  RUN_LEASE_LOST: "unavailable",
  WORKER_STOPPING: "unavailable",
  // restores
  CANNOT_RESTORE_TO_TARGET: "forbidden",
  CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT: "conflict",
  CANNOT_START_RESTORE_JOB_FOR_INCOMPLETE_CLUSTER_SNAPSHOT: "conflict",
  ATLAS_CLUSTER_RESTORE_IN_PROGRESS: "conflict",
  RESTORE_CHECK_FAILED: "invalid",
  RESTORE_NAME_MISMATCH: "invalid",
  RESTORE_ROOT_MISMATCH: "corrupt",
  RESTORE_ROLLED_BACK: "conflict",
  RESTORE_NOT_UNDONE: "unavailable",
  TENANT_RESTORE_VERSION_MISMATCH: "invalid",
  UNSUPPORTED_DELIVERY_METHOD: "invalid",
  CANNOT_CANCEL_AUTOMATED_RESTORE: "invalid",
  WRITE_BLOCK_NOT_OURS: "conflict",
  WRITE_BLOCK_UNSUPPORTED: "invalid",
  // engine
  BSON_INVALID: "corrupt",
  NODE_MISSING: "corrupt",
  NODE_CORRUPT: "corrupt",
  PACK_CORRUPT: "corrupt",
  MANIFEST_NOT_FOUND: "notFound",
  MANIFEST_CORRUPT: "corrupt",
  REPOSITORY_NOT_FOUND: "notFound",
  REPOSITORY_KEY_WRONG: "invalid",
  KEY_ENVELOPE_CORRUPT: "corrupt",
  REPOSITORY_FORMAT_UNKNOWN: "invalid",
  STORAGE_OBJECT_NOT_FOUND: "notFound",
  STORAGE_OBJECT_EXISTS: "conflict",
  STORAGE_UNAVAILABLE: "unavailable",
  STORAGE_READ_ONLY: "invalid",
  STORAGE_FULL: "unavailable",
  // platform
  NOT_IMPLEMENTED: "invalid",
  DATABASE_UNAVAILABLE: "unavailable",
  INSTALLATION_KEY_WRONG: "internal",
  INTERNAL: "internal",
} as const satisfies Record<string, ErrorKind>;

export type ErrorKind =
  "invalid" | "signedOut" | "forbidden" | "notFound" | "conflict" | "limited" | "unavailable" | "corrupt" | "internal";

export type ErrorCode = keyof typeof ERROR_KINDS;
