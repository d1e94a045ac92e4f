import { commandError } from "../command-error";
import { boolField, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import { readSystemDocuments } from "../runtime/system-documents";
import type { Command } from "./command";

/** Users or roles of a temporary collection, of one database or of all. */
function incoming(ctx: CommandContext, field: string): Document[] | null {
  const namespace = ctx.body[field];
  if (namespace === undefined || namespace === "") return null;
  if (typeof namespace !== "string")
    throw commandError(14, `BSON field '${field}' is the wrong type, expected type 'string'`);
  const db = typeof ctx.body.db === "string" ? ctx.body.db : "";
  return readSystemDocuments(ctx.server.store, namespace).filter((document) => db === "" || document.db === db);
}

/**
 * What mongorestore uses for users and roles: merges two temporary collections into the real ones, all documents that
 * are in them and, with `drop`, nothing else.
 */
function mergeAccounts(ctx: CommandContext): Document {
  const { accounts } = ctx.server;
  const drop = boolField(ctx.body, "drop");
  const db = typeof ctx.body.db === "string" ? ctx.body.db : "";
  const users = incoming(ctx, "tempUsersCollection");
  const roles = incoming(ctx, "tempRolesCollection");
  if (!users && !roles)
    throw commandError(2, "Must provide at least one of 'tempUsersCollection' and 'tempRolesCollection'");
  for (const role of roles ?? []) accounts.putRole(role);
  for (const user of users ?? []) accounts.putUser(user);
  const gone = (known: Document, kept: Document[] | null): boolean =>
    drop && kept !== null && (db === "" || known.db === db) && !kept.some((document) => document._id === known._id);
  for (const user of accounts.users()) if (gone(user, users)) accounts.dropUser(String(user.user), String(user.db));
  for (const role of accounts.roles()) if (gone(role, roles)) accounts.dropRole(String(role.role), String(role.db));
  return {};
}

const ACTIONS = ["createUser", "dropUser", "grantRole", "createRole", "dropRole", "revokeRole"];

export const mergeAccountsCommands: readonly Command[] = [
  {
    name: "_mergeAuthzCollections",
    adminOnly: true,
    writes: true,
    needs: () => ACTIONS.map((action) => ({ target: { db: "", collection: "" }, action })),
    fields: ["tempUsersCollection", "tempRolesCollection", "db", "drop"],
    run: mergeAccounts,
  },
];
