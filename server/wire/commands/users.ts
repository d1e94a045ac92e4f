import { presentResource } from "../auth/privileges";
import { makeCredentials, roleNames, type RoleName } from "../auth/accounts";
import { isMechanism, type Mechanism } from "../auth/scram";
import { commandError } from "../command-error";
import { boolField, isDocument, stringField, toNumber, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import type { Command, Need } from "./command";

/** Roles as commands name them: "read" means the command's own database. */
export function readRoles(ctx: CommandContext, value: unknown, field = "roles"): RoleName[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw commandError(14, `"${field}" must be an array`);
  return value.map((item) => {
    if (typeof item === "string") return { role: item, db: ctx.db };
    if (isDocument(item) && typeof item.role === "string" && typeof item.db === "string")
      return { role: item.role, db: item.db };
    throw commandError(2, "Role names must be either strings or objects");
  });
}

function readMechanisms(value: unknown): Mechanism[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) throw commandError(2, "mechanisms field must not be empty");
  return value.map((name) => {
    if (!isMechanism(name)) throw commandError(2, `Unknown auth mechanism '${String(name)}'`);
    return name;
  });
}

function notFound(user: string, db: string): Error {
  return commandError(11, `Could not find user "${user}" for db "${db}"`);
}

function getUser(ctx: CommandContext, user: string): Document {
  const found = ctx.server.accounts.findUser(user, ctx.db);
  if (!found) throw notFound(user, ctx.db);
  return found;
}

function createUser(ctx: CommandContext): Document {
  const { body } = ctx;
  const user = stringField(body, "createUser");
  if (user === "") throw commandError(2, "User document needs 'user' field to be non-empty");
  if (body.pwd === undefined && ctx.db !== "$external")
    throw commandError(
      2,
      "Must provide a 'pwd' field for all user documents, except those with '$external' as the user's source db",
    );
  if (ctx.db === "$external") throw commandError(115, "external users are not supported by this server");
  if (body.roles === undefined)
    throw commandError(40414, "BSON field 'createUser.roles' is missing but a required field");
  const mechanisms = readMechanisms(body.mechanisms);
  ctx.server.accounts.createUser({
    user,
    db: ctx.db,
    password: stringField(body, "pwd"),
    roles: readRoles(ctx, body.roles),
    ...(mechanisms && { mechanisms }),
    ...(body.customData !== undefined && { customData: body.customData }),
  });
  return {};
}

function updateUser(ctx: CommandContext): Document {
  const { body, server } = ctx;
  const user = stringField(body, "updateUser");
  const found = getUser(ctx, user);
  if (
    body.pwd === undefined &&
    body.roles === undefined &&
    body.customData === undefined &&
    body.mechanisms === undefined
  ) {
    throw commandError(2, "Must specify at least one field to update in updateUser");
  }
  const mechanisms = readMechanisms(body.mechanisms) ?? server.accounts.mechanismsOf(user, ctx.db) ?? undefined;
  if (body.pwd !== undefined) found.credentials = makeCredentials(user, stringField(body, "pwd"), mechanisms);
  else if (body.mechanisms !== undefined) {
    const known = found.credentials as Document;
    if (mechanisms!.some((name) => !(name in known)))
      throw commandError(2, "mechanisms field must be a subset of previously set mechanisms");
    found.credentials = Object.fromEntries(mechanisms!.map((name) => [name, known[name]]));
  }
  if (body.roles !== undefined) {
    const roles = readRoles(ctx, body.roles);
    server.accounts.assertRoles(roles);
    found.roles = roles;
  }
  if (body.customData !== undefined) found.customData = body.customData;
  server.accounts.putUser(found);
  return {};
}

function dropUser(ctx: CommandContext): Document {
  const user = stringField(ctx.body, "dropUser");
  if (!ctx.server.accounts.dropUser(user, ctx.db)) throw commandError(11, `User '${user}@${ctx.db}' not found`);
  return {};
}

function dropAllUsers(ctx: CommandContext): Document {
  const { accounts } = ctx.server;
  const users = accounts.users().filter((user) => user.db === ctx.db);
  for (const user of users) accounts.dropUser(String(user.user), ctx.db);
  return { n: users.length };
}

function grantRoles(ctx: CommandContext): Document {
  const found = getUser(ctx, stringField(ctx.body, "grantRolesToUser"));
  const added = readRoles(ctx, ctx.body.roles);
  ctx.server.accounts.assertRoles(added);
  const roles = roleNames(found.roles);
  for (const role of added) if (!roles.some((own) => sameRole(own, role))) roles.push(role);
  ctx.server.accounts.putUser({ ...found, roles });
  return {};
}

function revokeRoles(ctx: CommandContext): Document {
  const found = getUser(ctx, stringField(ctx.body, "revokeRolesFromUser"));
  const removed = readRoles(ctx, ctx.body.roles);
  const roles = roleNames(found.roles).filter((own) => !removed.some((role) => sameRole(own, role)));
  ctx.server.accounts.putUser({ ...found, roles });
  return {};
}

export function sameRole(a: RoleName, b: RoleName): boolean {
  return a.role === b.role && a.db === b.db;
}

/** Which users are asked for: all of this database (1), all there are, a name, a document, a list of those. */
function wantedUsers(ctx: CommandContext): Document[] {
  const { accounts } = ctx.server;
  const wanted = ctx.body.usersInfo;
  if (toNumber(wanted) === 1) return accounts.users().filter((user) => user.db === ctx.db);
  if (isDocument(wanted) && wanted.forAllDBs === true) return accounts.users();
  const names = Array.isArray(wanted) ? wanted : [wanted];
  return names.flatMap((name) => {
    const found = isDocument(name)
      ? accounts.findUser(String(name.user), typeof name.db === "string" ? name.db : ctx.db)
      : accounts.findUser(String(name), ctx.db);
    return found ? [found] : [];
  });
}

function presentUser(ctx: CommandContext, user: Document): Document {
  const { credentials, roles, ...rest } = user;
  const names = roleNames(roles);
  const privileges = boolField(ctx.body, "showPrivileges") ? ctx.server.accounts.privilegesOf(names) : null;
  return {
    ...rest,
    roles: names,
    mechanisms: isDocument(credentials) ? Object.keys(credentials) : [],
    ...(boolField(ctx.body, "showCredentials") && { credentials }),
    ...(privileges && {
      inheritedRoles: names,
      inheritedPrivileges: privileges.map(({ resource, actions }) => ({
        resource: presentResource(resource),
        actions: [...actions],
      })),
      inheritedAuthenticationRestrictions: [],
      authenticationRestrictions: [],
    }),
  };
}

function usersInfo(ctx: CommandContext): Document {
  return { users: wantedUsers(ctx).map((user) => presentUser(ctx, user)) };
}

/** One's own user may always be looked at. */
function viewNeeds(ctx: CommandContext): Need[] {
  const { login } = ctx.connection;
  const wanted = ctx.body.usersInfo;
  const isOwn =
    login !== null &&
    ((typeof wanted === "string" && wanted === login.user && ctx.db === login.db) ||
      (isDocument(wanted) && wanted.user === login.user && wanted.db === login.db));
  const db = isDocument(wanted) && wanted.forAllDBs === true ? "" : ctx.db;
  return isOwn ? [] : [{ target: { db, collection: "" }, action: "viewUser" }];
}

function roleNeeds(ctx: CommandContext, action: "grantRole" | "revokeRole"): Need[] {
  return readRoles(ctx, ctx.body.roles).map(({ db }) => ({ target: { db, collection: "" }, action }));
}

function on(ctx: CommandContext, action: string): Need {
  return { target: { db: ctx.db, collection: "" }, action };
}

/** A user may change their own password where they hold changeOwnPassword; others need userAdmin. */
function updateNeeds(ctx: CommandContext): Need[] {
  const needs: Need[] = [];
  if (ctx.body.pwd !== undefined || ctx.body.mechanisms !== undefined) needs.push(on(ctx, "changePassword"));
  if (ctx.body.customData !== undefined) needs.push(on(ctx, "changeCustomData"));
  if (ctx.body.roles !== undefined) needs.push(on(ctx, "revokeRole"), ...roleNeeds(ctx, "grantRole"));
  return needs;
}

const USER_FIELDS = ["pwd", "roles", "customData", "mechanisms", "digestPassword", "authenticationRestrictions"];

export const userCommands: readonly Command[] = [
  {
    name: "createUser",
    needs: (ctx) => [on(ctx, "createUser"), ...roleNeeds(ctx, "grantRole")],
    writes: true,
    fields: USER_FIELDS,
    run: createUser,
  },
  { name: "updateUser", needs: updateNeeds, writes: true, fields: USER_FIELDS, run: updateUser },
  { name: "dropUser", needs: (ctx) => [on(ctx, "dropUser")], writes: true, fields: [], run: dropUser },
  {
    name: "dropAllUsersFromDatabase",
    needs: (ctx) => [on(ctx, "dropUser")],
    writes: true,
    fields: [],
    run: dropAllUsers,
  },
  {
    name: "grantRolesToUser",
    needs: (ctx) => roleNeeds(ctx, "grantRole"),
    writes: true,
    fields: ["roles"],
    run: grantRoles,
  },
  {
    name: "revokeRolesFromUser",
    needs: (ctx) => roleNeeds(ctx, "revokeRole"),
    writes: true,
    fields: ["roles"],
    run: revokeRoles,
  },
  {
    name: "usersInfo",
    needs: viewNeeds,
    fields: ["showPrivileges", "showCredentials", "showCustomData", "showAuthenticationRestrictions", "filter"],
    run: usersInfo,
  },
];
