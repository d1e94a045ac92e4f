import type { Actor } from "@/server/access/actor";
import type { OrgScope, ProjectScope, Scope } from "@/server/access/require-permission";
import { authorize } from "@/server/domain/activity/authorize";
import { findProjectScope } from "@/server/domain/projects/find-project";
import { db } from "@/server/platform/db";
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
  const select = { id: true, name: true };
  const org = ID_PATTERN.test(orgId) ? await db().organization.findUnique({ where: { id: orgId }, select }) : null;
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
