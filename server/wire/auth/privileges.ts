/** What a privilege speaks of. An empty `db` or `collection` means any; `system.` collections must be named. */
export type Resource =
  | { db: string; collection: string }
  | { cluster: true }
  | { anyResource: true }
  /** Every database but local and config: what the …AnyDatabase roles mean. */
  | { anyUserDatabase: true };

export interface Privilege {
  resource: Resource;
  actions: readonly string[];
}

/** What a command is about to touch; an empty collection is the database as a whole. */
export type Target = { db: string; collection: string } | "cluster";

function isSystem(collection: string): boolean {
  return collection.startsWith("system.");
}

function covers(resource: Resource, target: Target): boolean {
  if ("anyResource" in resource) return true;
  if (target === "cluster") return "cluster" in resource;
  if ("cluster" in resource) return false;
  if ("anyUserDatabase" in resource) {
    return target.db !== "local" && target.db !== "config" && !isSystem(target.collection);
  }
  if (resource.db !== "" && resource.db !== target.db) return false;
  if (resource.collection !== "") return resource.collection === target.collection;
  return !isSystem(target.collection);
}

/** Whether one of the privileges allows the action on the target. */
export function isAllowed(privileges: readonly Privilege[], target: Target, action: string): boolean {
  return privileges.some(({ resource, actions }) => actions.includes(action) && covers(resource, target));
}

/** Whether anything in a database is allowed to be seen; decides which databases and collections are listed. */
export function mayAnything(privileges: readonly Privilege[], db: string): boolean {
  return privileges.some(({ resource, actions }) => {
    if (!actions.includes("find") && !actions.includes("listCollections")) return false;
    if ("anyResource" in resource) return true;
    if ("anyUserDatabase" in resource) return db !== "local" && db !== "config";
    return "db" in resource && (resource.db === "" || resource.db === db);
  });
}

/** As `usersInfo` and `connectionStatus` show a resource. */
export function presentResource(resource: Resource): Record<string, unknown> {
  return "anyUserDatabase" in resource ? { db: "", collection: "" } : { ...resource };
}
