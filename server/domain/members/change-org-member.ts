import type { Actor } from "@/server/access/actor";
import type { OrgScope } from "@/server/access/require-permission";
import { roleLabel } from "@/server/access/roles";
import { db, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import type { RemoveOrgMember, UpdateOrgMember } from "./schema";

interface Found {
  roles: string[];
  user: { name: string; email: string };
}

/** The member; holds the organization until the commit, so that two changes cannot both take the last owner. */
async function lockMember(tx: Tx, org: OrgScope, userId: string): Promise<Found> {
  await tx.$queryRaw`select id from "Organization" where id = ${org.id} for update`;
  const member = await tx.organizationMember.findUnique({
    where: { organizationId_userId: { organizationId: org.id, userId } },
    select: { roles: true, user: { select: { name: true, email: true } } },
  });
  if (!member) throw new DomainError("USER_NOT_FOUND", { params: { userId } });
  return member;
}

async function isLastOwner(tx: Tx, org: OrgScope, member: Found): Promise<boolean> {
  if (!member.roles.includes("ORG_OWNER")) return false;
  const where = { organizationId: org.id, roles: { has: "ORG_OWNER" }, user: { disabledAt: null } };
  return (await tx.organizationMember.count({ where })) <= 1;
}

/** Throws CANNOT_REMOVE_ALL_USER_ROLES, CANNOT_DEMOTE_LAST_ORG_OWNER, USER_NOT_FOUND. */
export async function updateOrgMember(actor: Actor, org: OrgScope, input: UpdateOrgMember): Promise<void> {
  if (input.roles.length === 0) throw new DomainError("CANNOT_REMOVE_ALL_USER_ROLES");
  await db().$transaction(async (tx) => {
    const member = await lockMember(tx, org, input.userId);
    if (!input.roles.includes("ORG_OWNER") && (await isLastOwner(tx, org, member))) {
      throw new DomainError("CANNOT_DEMOTE_LAST_ORG_OWNER");
    }
    await tx.organizationMember.update({
      where: { organizationId_userId: { organizationId: org.id, userId: input.userId } },
      data: { roles: input.roles },
    });
    const details = {
      email: member.user.email,
      from: member.roles.map(roleLabel),
      to: input.roles.map(roleLabel),
    };
    await recordActivity(tx, { organizationId: org.id, type: "ORG_ROLES_CHANGED", actor, details });
  });
}

/** Throws when a project would lose its last owner with this person. */
async function assertNoProjectOrphaned(tx: Tx, org: OrgScope, userId: string): Promise<void> {
  const owned = await tx.project.findMany({
    where: { organizationId: org.id, members: { some: { userId, roles: { has: "GROUP_OWNER" } } } },
    select: { name: true, members: { where: { roles: { has: "GROUP_OWNER" } }, select: { userId: true } } },
  });
  const orphan = owned.find((project) => project.members.length === 1);
  if (orphan) throw new DomainError("CANNOT_REMOVE_LAST_GROUP_OWNER", { params: { project: orphan.name } });
}

/** Removes a person from the organization and all its projects. Throws CANNOT_DELETE_LAST_ADMIN. */
export async function removeOrgMember(actor: Actor, org: OrgScope, input: RemoveOrgMember): Promise<void> {
  await db().$transaction(async (tx) => {
    const member = await lockMember(tx, org, input.userId);
    if (await isLastOwner(tx, org, member)) throw new DomainError("CANNOT_DELETE_LAST_ADMIN");
    await assertNoProjectOrphaned(tx, org, input.userId);
    await tx.projectMember.deleteMany({ where: { userId: input.userId, project: { organizationId: org.id } } });
    await tx.organizationMember.delete({
      where: { organizationId_userId: { organizationId: org.id, userId: input.userId } },
    });
    const details = { email: member.user.email, roles: member.roles.map(roleLabel) };
    await recordActivity(tx, { organizationId: org.id, type: "REMOVED_FROM_ORG", actor, details });
  });
}
