import type { Actor } from "@/server/access/actor";
import { findRule, type Permission } from "@/server/access/permissions";
import { can, describeNeeds, type OrgScope, type ProjectScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import type { Allowed } from "../common/schema";
import { ALLOWED, blocked } from "../common/values";

const NAMES_MAX = 20;

/** Says for one project whether the reader may, and if not, which role it needs and who has it. */
export type Explain = (project: ProjectScope, permission: Permission, block?: string | null) => Allowed;

interface Holder {
  name: string;
  projectId: string | null;
  organizationId: string;
  roles: string[];
}

function refusal(permission: Permission, whoHas: string[]): Allowed {
  const needs = describeNeeds(permission);
  const action = findRule(permission)?.label ?? permission;
  return { allowed: false, reason: `${action} needs ${needs}.`, needs, whoHas: whoHas.slice(0, NAMES_MAX) };
}

function holdersOf(holders: readonly Holder[], permission: Permission, project: ProjectScope): string[] {
  const rule = findRule(permission);
  if (!rule) return [];
  const names = holders.flatMap((holder) => {
    const inProject = holder.projectId === project.id && holder.roles.some((r) => rule.project.some((p) => p === r));
    const inOrg =
      holder.projectId === null &&
      holder.organizationId === project.organizationId &&
      holder.roles.some((r) => rule.org.some((o) => o === r));
    return inProject || inOrg ? [holder.name] : [];
  });
  return [...new Set(names)].sort((a, b) => a.localeCompare(b));
}

async function loadHolders(projects: readonly ProjectScope[]): Promise<Holder[]> {
  const [inProjects, inOrgs] = await Promise.all([
    db().projectMember.findMany({
      where: { projectId: { in: projects.map((project) => project.id) } },
      select: { projectId: true, roles: true, user: { select: { name: true } } },
    }),
    db().organizationMember.findMany({
      where: {
        organizationId: { in: [...new Set(projects.map((project) => project.organizationId))] },
        roles: { has: "ORG_OWNER" },
      },
      select: { organizationId: true, roles: true, user: { select: { name: true } } },
    }),
  ]);
  return [
    ...inProjects.map((row) => ({
      name: row.user.name,
      projectId: row.projectId,
      organizationId: "",
      roles: row.roles,
    })),
    ...inOrgs.map((row) => ({
      name: row.user.name,
      projectId: null,
      organizationId: row.organizationId,
      roles: row.roles,
    })),
  ];
}

/**
 * Prepares to explain these permissions for these projects. The people are read only when something is missing, and
 * once. `block` is a reason about the thing itself, said to those who have the right.
 */
export async function explainRights(
  actor: Actor,
  projects: readonly ProjectScope[],
  permissions: readonly Permission[],
): Promise<Explain> {
  const isMissing = projects.some((project) => permissions.some((permission) => !can(actor, permission, { project })));
  const holders = isMissing ? await loadHolders(projects) : [];
  return (project, permission, block) => {
    if (!can(actor, permission, { project })) return refusal(permission, holdersOf(holders, permission, project));
    return block ? blocked(block) : ALLOWED;
  };
}

/** The same for permissions of an organization. */
export async function explainOrgRights(
  actor: Actor,
  org: OrgScope,
): Promise<(permission: Permission, block?: string | null) => Allowed> {
  const members = await db().organizationMember.findMany({
    where: { organizationId: org.id },
    select: { roles: true, user: { select: { name: true } } },
  });
  return (permission, block) => {
    if (can(actor, permission, { org })) return block ? blocked(block) : ALLOWED;
    const roles: readonly string[] = findRule(permission)?.org ?? [];
    const names = members.filter((member) => member.roles.some((role) => roles.includes(role)));
    return refusal(permission, names.map((member) => member.user.name).sort());
  };
}
