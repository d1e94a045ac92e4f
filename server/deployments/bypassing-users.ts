import type { MongoClient } from "mongodb";
import type { BypassingUser } from "./facts";

interface UserRow {
  user: string;
  db: string;
  roles: Array<{ role: string; db: string }>;
  inheritedRoles?: Array<{ role: string; db: string }>;
  inheritedPrivileges?: Array<{ resource: { cluster?: boolean; anyResource?: boolean }; actions: string[] }>;
}

/** Built-in roles of `admin` that contain bypassWriteBlockingMode. */
const BYPASSING_ROLES = new Set(["root", "restore", "__system"]);

/** Built-in roles that do not; a user with no others needs no closer look. */
const HARMLESS_ROLES = new Set([
  ...["read", "readWrite", "dbAdmin", "dbOwner", "userAdmin", "readAnyDatabase", "readWriteAnyDatabase"],
  ...["dbAdminAnyDatabase", "userAdminAnyDatabase", "clusterAdmin", "clusterManager", "clusterMonitor"],
  ...["hostManager", "backup", "enableSharding"],
]);

/**
 * Users that can write while the server blocks writes, without the one that we are signed in as. The second value is
 * false when we may not look at users at all.
 */
export async function findBypassingUsers(
  client: MongoClient,
  self: { user: string; database: string } | null,
): Promise<{ users: BypassingUser[]; known: boolean }> {
  const admin = client.db("admin");
  let rows: UserRow[];
  try {
    rows = (await admin.command({ usersInfo: { forAllDBs: true } })).users as UserRow[];
  } catch {
    return { users: [], known: false };
  }
  const users: BypassingUser[] = [];
  for (const row of rows) {
    if (self !== null && row.user === self.user && row.db === self.database) continue;
    const through = await bypassesThrough(row, async () => {
      const reply = await admin.command({ usersInfo: { user: row.user, db: row.db }, showPrivileges: true });
      return (reply.users as UserRow[])[0];
    });
    if (through !== null) users.push({ user: row.user, database: row.db, through });
  }
  return { users, known: true };
}

async function bypassesThrough(row: UserRow, details: () => Promise<UserRow | undefined>): Promise<string | null> {
  const roles = [...row.roles, ...(row.inheritedRoles ?? [])];
  const builtIn = roles.find((role) => role.db === "admin" && BYPASSING_ROLES.has(role.role));
  if (builtIn) return builtIn.role;
  if (roles.every((role) => HARMLESS_ROLES.has(role.role))) return null;
  const full = await details();
  const passes = full?.inheritedPrivileges?.some(
    ({ resource, actions }) =>
      (resource.cluster === true || resource.anyResource === true) && actions.includes("bypassWriteBlockingMode"),
  );
  return passes ? "privileges" : null;
}
