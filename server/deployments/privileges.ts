import type { Document, MongoClient } from "mongodb";
import type { PrivilegeFacts } from "./facts";

interface Privilege {
  resource: { db?: string; collection?: string; cluster?: boolean; anyResource?: boolean };
  actions: string[];
}

const READ_ACTIONS = ["find", "listCollections", "listIndexes"] as const;
const WRITE_ACTIONS = [
  "insert",
  "update",
  "createCollection",
  "createIndex",
  "dropCollection",
  "renameCollectionSameDB",
  "collMod",
  "bypassDocumentValidation",
] as const;

export interface ConnectionPrivileges {
  user: { user: string; database: string } | null;
  privileges: PrivilegeFacts;
}

/**
 * What the signed-in user may do on all databases, from `connectionStatus`. Where the server checks nobody (no user, no
 * authorization) everything counts as allowed.
 */
export async function readPrivileges(client: MongoClient): Promise<ConnectionPrivileges> {
  const status = await client.db("admin").command({ connectionStatus: 1, showPrivileges: true });
  const info = (status.authInfo ?? {}) as Document;
  const users = (info.authenticatedUsers ?? []) as Array<{ user: string; db: string }>;
  const first = users[0];
  const user = first === undefined ? null : { user: first.user, database: first.db };
  const granted = info.authenticatedUserPrivileges as Privilege[] | undefined;
  if (user === null || granted === undefined) {
    const all = { read: true, write: true, setWriteBlock: true, bypassWriteBlock: user !== null, viewUsers: true };
    return { user, privileges: { ...all, missing: [] } };
  }
  return { user, privileges: evaluatePrivileges(granted) };
}

/** The answer for a list of granted privileges. */
export function evaluatePrivileges(granted: Privilege[]): PrivilegeFacts {
  const allows = (actions: string[], action: string): boolean =>
    actions.includes(action) || actions.includes("anyAction");
  const onEveryDatabase = (action: string): boolean =>
    granted.some(
      ({ resource, actions }) =>
        allows(actions, action) &&
        (resource.anyResource === true || (resource.db === "" && resource.collection === "" && !resource.cluster)),
    );
  const onCluster = (action: string): boolean =>
    granted.some(
      ({ resource, actions }) =>
        allows(actions, action) && (resource.cluster === true || resource.anyResource === true),
    );
  const onAdmin = (action: string): boolean =>
    onEveryDatabase(action) ||
    granted.some(({ resource, actions }) => allows(actions, action) && resource.db === "admin");

  const missing: string[] = [];
  const need = (action: string, has: boolean, where: string): boolean => {
    if (!has) missing.push(`${action} on ${where}`);
    return has;
  };
  const read = [
    need("listDatabases", onCluster("listDatabases"), "the cluster"),
    ...READ_ACTIONS.map((action) => need(action, onEveryDatabase(action), "all databases")),
  ].every(Boolean);
  const write = WRITE_ACTIONS.map((action) => need(action, onEveryDatabase(action), "all databases")).every(Boolean);
  const setWriteBlock = need("setUserWriteBlockMode", onCluster("setUserWriteBlockMode"), "the cluster");
  const bypassWriteBlock = need("bypassWriteBlockingMode", onCluster("bypassWriteBlockingMode"), "the cluster");
  need("serverStatus", onCluster("serverStatus"), "the cluster");
  return { read, write, setWriteBlock, bypassWriteBlock, viewUsers: onAdmin("viewUser"), missing };
}
