import { DomainError } from "@/server/platform/errors/domain-error";
import type { Actor } from "./actor";
import { findRule, rolesThatGrant, type Permission } from "./permissions";
import { roleLabel } from "./roles";

/** An organization that was read from the database. */
export interface OrgScope {
  readonly id: string;
  readonly name: string;
}

/** A project that was read from the database, with the organization it belongs to. */
export interface ProjectScope {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
}

export type Scope = { org: OrgScope } | { project: ProjectScope } | null;

/**
 * Whether the actor may. Unknown permissions, unknown roles, a missing scope and the installation itself: no.
 * Pure; the scope's ids must come from rows, never from input alone.
 */
export function can(actor: Actor | null, permission: Permission, scope: Scope): boolean {
  const rule = findRule(permission);
  if (!rule) return false;
  if (rule.scope === "anyone") return true;
  if (!actor || actor.type === "system") return false;
  if (rule.scope === "self") return actor.type === "user";
  if (!scope) return false;
  if (rule.scope === "org") {
    return "org" in scope && actor.orgRoles(scope.org.id).some((role) => rule.org.includes(role));
  }
  if (!("project" in scope)) return false;
  return (
    actor.projectRoles(scope.project.id).some((role) => rule.project.includes(role)) ||
    actor.orgRoles(scope.project.organizationId).some((role) => rule.org.includes(role))
  );
}

/** Whether the actor may know that the scope exists. */
export function canSee(actor: Actor | null, scope: Exclude<Scope, null>): boolean {
  return "org" in scope ? can(actor, "org.read", scope) : can(actor, "project.read", scope);
}

/**
 * Throws unless the actor may: SIGNED_OUT without an actor, ORG_NOT_FOUND or GROUP_NOT_FOUND for who does not belong
 * there (the same answer as for something that does not exist), USER_UNAUTHORIZED for a member without the right.
 */
export function requirePermission(actor: Actor | null, permission: Permission, scope: Scope): asserts actor is Actor {
  if (can(actor, permission, scope)) return;
  if (!actor) throw new DomainError("SIGNED_OUT");
  if (scope && !canSee(actor, scope)) throw notFound(scope);
  throw new DomainError("USER_UNAUTHORIZED", {
    message: `${actor.type} ${actor.id} lacks ${permission}`,
    params: {
      permission,
      action: findRule(permission)?.label ?? permission,
      roles: describeNeeds(permission),
    },
  });
}

/** What somebody who may not know of it is told: that it is not there. */
export function notFound(scope: Exclude<Scope, null>): DomainError {
  return "org" in scope
    ? new DomainError("ORG_NOT_FOUND", { params: { orgId: scope.org.id } })
    : new DomainError("GROUP_NOT_FOUND", { params: { groupId: scope.project.id } });
}

/** "Project Owner or Project Backup Manager": the roles that would be enough. */
export function describeNeeds(permission: Permission): string {
  const labels = rolesThatGrant(permission).map(roleLabel);
  if (labels.length > 4) return "any role in it";
  return new Intl.ListFormat("en", { type: "disjunction" }).format(labels);
}
