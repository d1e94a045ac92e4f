import type { Actor } from "@/server/access/actor";
import { presentRole } from "@/server/access/roles";
import type { OrgScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import { recordActivity } from "../activity/record-activity";
import { explainOrgRights } from "../members/explain-rights";
import { listVisibleProjects } from "../projects/find-project";
import type { OrganizationView, UpdateOrganization } from "./schema";

/** The organization of this id, whoever asks; null when there is none. */
export function findOrgScope(orgId: string): Promise<OrgScope | null> {
  return db().organization.findUnique({ where: { id: orgId }, select: { id: true, name: true } });
}

/** The organizations the actor belongs to, by name. */
export async function listOrganizations(actor: Actor): Promise<OrganizationView[]> {
  const orgs = await db().organization.findMany({
    where: { id: { in: [...actor.orgIds] } },
    orderBy: { name: "asc" },
    select: { id: true, name: true },
  });
  return Promise.all(orgs.map((org) => getOrganization(actor, org)));
}

export async function getOrganization(actor: Actor, org: OrgScope): Promise<OrganizationView> {
  const [row, explain, projects] = await Promise.all([
    db().organization.findUniqueOrThrow({
      where: { id: org.id },
      select: { id: true, name: true, createdAt: true, _count: { select: { members: true } } },
    }),
    explainOrgRights(actor, org),
    listVisibleProjects(actor, org),
  ]);
  return {
    id: row.id,
    name: row.name,
    createdAt: row.createdAt,
    myRoles: actor.orgRoles(org.id).map(presentRole),
    projectCount: projects.length,
    memberCount: row._count.members,
    can: {
      update: explain("org.update"),
      createProject: explain("project.create"),
      manageMembers: explain("org.member.manage"),
      manageApiKeys: explain("apiKey.manage"),
    },
  };
}

export async function updateOrganization(actor: Actor, org: OrgScope, input: UpdateOrganization): Promise<void> {
  await db().$transaction(async (tx) => {
    await tx.organization.update({ where: { id: org.id }, data: { name: input.name } });
    const details = { from: org.name, to: input.name };
    await recordActivity(tx, { organizationId: org.id, type: "ORG_RENAMED", actor, details });
  });
}
