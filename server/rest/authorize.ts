import type { Actor } from "@/server/access/actor";
import type { OrgScope, ProjectScope, Scope } from "@/server/access/require-permission";
import { authorize } from "@/server/domain/activity/authorize";
import { findOrgScope } from "@/server/domain/organizations/service";
import { findProjectScope } from "@/server/domain/projects/find-project";
import { DomainError } from "@/server/platform/errors/domain-error";
import { ID_PATTERN } from "@/server/platform/ids";
import type { Route } from "./route";

/** The project of a path. Throws GROUP_NOT_FOUND, also for what is no id. */
export async function getProjectScope(groupId: string): Promise<ProjectScope> {
  const project = ID_PATTERN.test(groupId) ? await findProjectScope(groupId) : null;
  if (!project) throw new DomainError("GROUP_NOT_FOUND", { params: { groupId } });
  return project;
}

/** The organization of a path. Throws ORG_NOT_FOUND, also for what is no id. */
export async function getOrgScope(orgId: string): Promise<OrgScope> {
  const org = ID_PATTERN.test(orgId) ? await findOrgScope(orgId) : null;
  if (!org) throw new DomainError("ORG_NOT_FOUND", { params: { orgId } });
  return org;
}

/** What the route's permission is asked for: the project or organization in the path, else the caller's own. */
async function scopeOf(actor: Actor, params: Record<string, string>): Promise<Scope> {
  if (params.groupId !== undefined) return { project: await getProjectScope(params.groupId) };
  if (params.orgId !== undefined) return { org: await getOrgScope(params.orgId) };
  const [own] = actor.orgIds;
  return own === undefined ? null : { org: await getOrgScope(own) };
}

/** Throws unless the caller has the route's permission: the same table and the same function as everywhere else. */
export async function authorizeRoute(actor: Actor, route: Route, params: Record<string, string>): Promise<Scope> {
  const scope = await scopeOf(actor, params);
  await authorize(actor, route.permission, scope);
  return scope;
}

/** The project that the permission was asked for; only for routes with {groupId} in their path. */
export function projectIn(scope: Scope): ProjectScope {
  if (scope && "project" in scope) return scope.project;
  throw new DomainError("INTERNAL", { message: "the route's path names no project" });
}

/** The organization that the permission was asked for. */
export function orgIn(scope: Scope): OrgScope {
  if (scope && "org" in scope) return scope.org;
  throw new DomainError("INTERNAL", { message: "the route's path names no organization" });
}
