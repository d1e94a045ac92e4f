import { roleNames } from "../auth/accounts";
import { builtinRole, builtinRoleNames } from "../auth/builtin-roles";
import { presentResource } from "../auth/privileges";
import { commandError } from "../command-error";
import { boolField, isDocument, stringField, toNumber, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import type { Command, Need } from "./command";
import { readRoles, sameRole } from "./users";

function readPrivileges(value: unknown): Document[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw commandError(14, '"privileges" must be an array');
  return value.map((item) => {
    if (!isDocument(item) || !isDocument(item.resource) || !Array.isArray(item.actions)) {
      throw commandError(9, "a privilege needs a resource and actions");
    }
    return { resource: item.resource, actions: item.actions.map(String) };
  });
}

function getRole(ctx: CommandContext, role: string): Document {
  const found = ctx.server.accounts.findRole(role, ctx.db);
  if (!found) throw commandError(31, `Role: ${role}@${ctx.db} not found`);
  return found;
}

function createRole(ctx: CommandContext): Document {
  const { accounts } = ctx.server;
  const role = stringField(ctx.body, "createRole");
  if (builtinRole(role, ctx.db)) throw commandError(2, "Cannot create roles with the same name as a built-in role");
  if (accounts.findRole(role, ctx.db)) throw commandError(51002, `Role "${role}@${ctx.db}" already exists`);
  const roles = readRoles(ctx, ctx.body.roles);
  accounts.assertRoles(roles);
  accounts.putRole({
    _id: `${ctx.db}.${role}`,
    role,
    db: ctx.db,
    privileges: readPrivileges(ctx.body.privileges),
    roles,
  });
  return {};
}

function updateRole(ctx: CommandContext): Document {
  const found = getRole(ctx, stringField(ctx.body, "updateRole"));
  if (ctx.body.privileges !== undefined) found.privileges = readPrivileges(ctx.body.privileges);
  if (ctx.body.roles !== undefined) {
    const roles = readRoles(ctx, ctx.body.roles);
    ctx.server.accounts.assertRoles(roles);
    found.roles = roles;
  }
  ctx.server.accounts.putRole(found);
  return {};
}

/** A dropped role also leaves everybody who had it. */
function removeRole(ctx: CommandContext, role: string): void {
  const { accounts } = ctx.server;
  const name = { role, db: ctx.db };
  accounts.dropRole(role, ctx.db);
  for (const user of accounts.users()) {
    const roles = roleNames(user.roles);
    if (roles.some((own) => sameRole(own, name)))
      accounts.putUser({ ...user, roles: roles.filter((own) => !sameRole(own, name)) });
  }
  for (const other of accounts.roles()) {
    const roles = roleNames(other.roles);
    if (roles.some((own) => sameRole(own, name)))
      accounts.putRole({ ...other, roles: roles.filter((own) => !sameRole(own, name)) });
  }
}

function dropRole(ctx: CommandContext): Document {
  const role = stringField(ctx.body, "dropRole");
  getRole(ctx, role);
  removeRole(ctx, role);
  return {};
}

function dropAllRoles(ctx: CommandContext): Document {
  const roles = ctx.server.accounts.roles().filter((role) => role.db === ctx.db);
  for (const role of roles) removeRole(ctx, String(role.role));
  return { n: roles.length };
}

function presentBuiltin(ctx: CommandContext, role: string, db: string): Document {
  const privileges = builtinRole(role, db)!.map(({ resource, actions }) => ({
    resource: presentResource(resource),
    actions: [...actions],
  }));
  return {
    _id: `${db}.${role}`,
    role,
    db,
    isBuiltin: true,
    roles: [],
    inheritedRoles: [],
    ...(boolField(ctx.body, "showPrivileges") && { privileges, inheritedPrivileges: privileges }),
  };
}

function presentRole(ctx: CommandContext, found: Document): Document {
  const roles = roleNames(found.roles);
  const { privileges, ...rest } = found;
  return {
    ...rest,
    roles,
    inheritedRoles: roles,
    isBuiltin: false,
    ...(boolField(ctx.body, "showPrivileges") && {
      privileges,
      inheritedPrivileges: [
        ...(privileges as Document[]),
        ...ctx.server.accounts
          .privilegesOf(roles)
          .map(({ resource, actions }) => ({ resource: presentResource(resource), actions: [...actions] })),
      ],
    }),
  };
}

function rolesInfo(ctx: CommandContext): Document {
  const { accounts } = ctx.server;
  const wanted = ctx.body.rolesInfo;
  if (toNumber(wanted) === 1) {
    const own = accounts
      .roles()
      .filter((role) => role.db === ctx.db)
      .map((role) => presentRole(ctx, role));
    const builtin = boolField(ctx.body, "showBuiltinRoles")
      ? builtinRoleNames(ctx.db).map((role) => presentBuiltin(ctx, role, ctx.db))
      : [];
    return { roles: [...own, ...builtin] };
  }
  const names = (Array.isArray(wanted) ? wanted : [wanted]).map((item) =>
    isDocument(item) ? { role: String(item.role), db: String(item.db) } : { role: String(item), db: ctx.db },
  );
  return {
    roles: names.flatMap(({ role, db }) => {
      if (builtinRole(role, db)) return [presentBuiltin(ctx, role, db)];
      const found = accounts.findRole(role, db);
      return found ? [presentRole(ctx, found)] : [];
    }),
  };
}

function grantPrivileges(ctx: CommandContext): Document {
  const found = getRole(ctx, stringField(ctx.body, "grantPrivilegesToRole"));
  found.privileges = [...(found.privileges as Document[]), ...readPrivileges(ctx.body.privileges)];
  ctx.server.accounts.putRole(found);
  return {};
}

function grantRolesToRole(ctx: CommandContext): Document {
  const found = getRole(ctx, stringField(ctx.body, "grantRolesToRole"));
  const added = readRoles(ctx, ctx.body.roles);
  ctx.server.accounts.assertRoles(added);
  found.roles = [...roleNames(found.roles).filter((own) => !added.some((role) => sameRole(own, role))), ...added];
  ctx.server.accounts.putRole(found);
  return {};
}

function revokeRolesFromRole(ctx: CommandContext): Document {
  const found = getRole(ctx, stringField(ctx.body, "revokeRolesFromRole"));
  const removed = readRoles(ctx, ctx.body.roles);
  found.roles = roleNames(found.roles).filter((own) => !removed.some((role) => sameRole(own, role)));
  ctx.server.accounts.putRole(found);
  return {};
}

function on(action: string): (ctx: CommandContext) => Need[] {
  return (ctx) => [{ target: { db: ctx.db, collection: "" }, action }];
}

/** Whoever gives a role privileges must be able to give them: grantRole on its database. */
export const roleCommands: readonly Command[] = [
  {
    name: "createRole",
    needs: (ctx) => [...on("createRole")(ctx), ...on("grantRole")(ctx)],
    writes: true,
    fields: ["privileges", "roles", "authenticationRestrictions"],
    run: createRole,
  },
  {
    name: "updateRole",
    needs: (ctx) => [...on("revokeRole")(ctx), ...on("grantRole")(ctx)],
    writes: true,
    fields: ["privileges", "roles", "authenticationRestrictions"],
    run: updateRole,
  },
  { name: "dropRole", needs: on("dropRole"), writes: true, fields: [], run: dropRole },
  { name: "dropAllRolesFromDatabase", needs: on("dropRole"), writes: true, fields: [], run: dropAllRoles },
  {
    name: "rolesInfo",
    needs: on("viewRole"),
    fields: ["showPrivileges", "showBuiltinRoles", "showAuthenticationRestrictions"],
    run: rolesInfo,
  },
  { name: "grantPrivilegesToRole", needs: on("grantRole"), writes: true, fields: ["privileges"], run: grantPrivileges },
  { name: "grantRolesToRole", needs: on("grantRole"), writes: true, fields: ["roles"], run: grantRolesToRole },
  { name: "revokeRolesFromRole", needs: on("revokeRole"), writes: true, fields: ["roles"], run: revokeRolesFromRole },
];
