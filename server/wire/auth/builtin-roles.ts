import type { Privilege, Resource } from "./privileges";

/** MongoDB's built-in roles: https://www.mongodb.com/docs/manual/reference/built-in-roles/ */

const READ = "changeStream collStats dbHash dbStats find killCursors listCollections listIndexes planCacheRead".split(
  " ",
);
const WRITE =
  "convertToCapped createCollection createIndex dropCollection dropIndex insert remove renameCollectionSameDB update".split(
    " ",
  );
const DB_ADMIN =
  "analyze bypassDocumentValidation collMod collStats compact convertToCapped createCollection createIndex dbHash dbStats dropCollection dropDatabase dropIndex enableProfiler indexStats listCollections listIndexes planCacheIndexFilter planCacheRead planCacheWrite reIndex renameCollectionSameDB storageDetails validate".split(
    " ",
  );
const USER_ADMIN =
  "changeCustomData changePassword createRole createUser dropRole dropUser grantRole revokeRole setAuthenticationRestriction viewRole viewUser".split(
    " ",
  );
const CLUSTER_MONITOR =
  "checkFreeMonitoringStatus connPoolStats getClusterParameter getCmdLineOpts getDefaultRWConcern getLog getParameter getShardMap hostInfo inprog listDatabases listSessions listShards netstat operationMetrics replSetGetConfig replSetGetStatus serverStatus setFreeMonitoring shardingState top useTenant".split(
    " ",
  );
const HOST_MANAGER =
  "applicationMessage closeAllDatabases connPoolSync dropConnections flushRouterConfig fsync invalidateUserCache killAnyCursor killAnySession killop logRotate oidReset resync rotateCertificates setParameter shutdown touch unlock".split(
    " ",
  );
const CLUSTER_MANAGER =
  "addShard appendOplogNote applicationMessage cleanupOrphaned flushRouterConfig getClusterParameter getDefaultRWConcern getParameter listSessions listShards removeShard replSetConfigure replSetGetConfig replSetGetStatus replSetStateChange resync setClusterParameter setDefaultRWConcern setFeatureCompatibilityVersion setFreeMonitoring".split(
    " ",
  );
const RESTORE =
  "bypassDocumentValidation changeCustomData changePassword collMod convertToCapped createCollection createIndex createRole createUser dropCollection dropRole dropUser grantRole insert listCollections revokeRole viewRole viewUser".split(
    " ",
  );
const RESTORE_SYSTEM =
  "bypassDocumentValidation collMod createCollection createIndex dropCollection find insert remove update".split(" ");
const SYSTEM_READ = ["collStats", "dbHash", "dbStats", "find", "killCursors", "listCollections", "listIndexes"];

const CLUSTER: Resource = { cluster: true };
const ANY_USER_DATABASE: Resource = { anyUserDatabase: true };
const ANY: Resource = { anyResource: true };

function database(db: string): Resource {
  return { db, collection: "" };
}

function on(resource: Resource, ...actions: ReadonlyArray<readonly string[] | string>): Privilege {
  return { resource, actions: actions.flat() };
}

type RoleTable = Record<string, (db: string) => Privilege[]>;

/** Roles that exist in every database. */
const DATABASE_ROLES: RoleTable = {
  read: (db) => [on(database(db), READ), on({ db, collection: "system.js" }, READ)],
  readWrite: (db) => [on(database(db), READ, WRITE), on({ db, collection: "system.js" }, READ, WRITE)],
  dbAdmin: (db) => [
    on(database(db), DB_ADMIN),
    on({ db, collection: "system.profile" }, READ, "dropCollection", "createCollection"),
  ],
  userAdmin: (db) => [on(database(db), USER_ADMIN)],
  dbOwner: (db) => ["readWrite", "dbAdmin", "userAdmin"].flatMap((role) => DATABASE_ROLES[role]!(db)),
  enableSharding: (db) => [on(database(db), "enableSharding")],
};

const CONFIG_AND_LOCAL: Privilege[] = [
  on(database("config"), SYSTEM_READ),
  on(database("local"), SYSTEM_READ),
  on({ db: "local", collection: "system.replset" }, SYSTEM_READ),
];

/** Roles of the database admin. */
const ADMIN_ROLES: RoleTable = {
  readAnyDatabase: () => [on(ANY_USER_DATABASE, READ), on(CLUSTER, "listDatabases")],
  readWriteAnyDatabase: () => [on(ANY_USER_DATABASE, READ, WRITE), on(CLUSTER, "listDatabases")],
  dbAdminAnyDatabase: () => [
    on(ANY_USER_DATABASE, DB_ADMIN),
    on({ db: "", collection: "system.profile" }, READ),
    on(CLUSTER, "listDatabases", "applyOps"),
  ],
  userAdminAnyDatabase: () => [
    on({ db: "", collection: "" }, USER_ADMIN, "listCollections"),
    on({ db: "admin", collection: "system.users" }, SYSTEM_READ),
    on({ db: "admin", collection: "system.roles" }, SYSTEM_READ),
    on(CLUSTER, "invalidateUserCache", "listDatabases"),
  ],
  clusterMonitor: () => [
    on(CLUSTER, CLUSTER_MONITOR),
    on({ db: "", collection: "" }, "collStats", "dbStats", "getDatabaseVersion", "getShardVersion", "indexStats"),
    on({ db: "", collection: "system.profile" }, "find"),
    ...CONFIG_AND_LOCAL,
  ],
  hostManager: () => [on(CLUSTER, HOST_MANAGER), on({ db: "", collection: "" }, "killCursors")],
  clusterManager: () => [on(CLUSTER, CLUSTER_MANAGER), ...CONFIG_AND_LOCAL],
  clusterAdmin: () => [
    ...["clusterMonitor", "hostManager", "clusterManager"].flatMap((role) => ADMIN_ROLES[role]!("admin")),
    on({ db: "", collection: "" }, "dropDatabase"),
  ],
  backup: () => [
    on(ANY, SYSTEM_READ),
    on({ db: "config", collection: "settings" }, "insert", "update", "find"),
    on(CLUSTER, "appendOplogNote", "getParameter", "listDatabases", "serverStatus", "setUserWriteBlockMode"),
  ],
  restore: () => [
    on({ db: "", collection: "" }, RESTORE),
    on(ANY, "forceUUID", "listCollections", "useUUID"),
    ...["system.js", "system.views"].map((collection) => on({ db: "", collection }, RESTORE_SYSTEM)),
    ...["system.users", "system.roles", "system.version"].map((collection) =>
      on({ db: "admin", collection }, RESTORE_SYSTEM),
    ),
    on(CLUSTER, "appendOplogNote", "bypassWriteBlockingMode", "getParameter", "setUserWriteBlockMode"),
  ],
  root: () => [
    ...[
      "readWriteAnyDatabase",
      "dbAdminAnyDatabase",
      "userAdminAnyDatabase",
      "clusterAdmin",
      "restore",
      "backup",
    ].flatMap((role) => ADMIN_ROLES[role]!("admin")),
    on(ANY, "validate", "applyOps", "listCollections"),
  ],
};

/** The privileges of a built-in role, or null when there is none of that name in that database. */
export function builtinRole(role: string, db: string): Privilege[] | null {
  const table = db === "admin" && Object.hasOwn(ADMIN_ROLES, role) ? ADMIN_ROLES : DATABASE_ROLES;
  return Object.hasOwn(table, role) ? table[role]!(db) : null;
}

export function builtinRoleNames(db: string): string[] {
  return [...Object.keys(DATABASE_ROLES), ...(db === "admin" ? Object.keys(ADMIN_ROLES) : [])];
}
