import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { roleLabel } from "@/server/access/roles";
import { db, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import { assertMayAssign } from "./assert-may-assign";
import type { RemoveProjectMember, UpdateProjectMember } from "./schema";

interface Found {
  roles: string[];
  user: { name: string; email: string };
}

/** The member; holds the project until the commit, so that two changes cannot both take the last owner. */
async function lockMember(tx: Tx, project: ProjectScope, userId: string): Promise<Found> {
  await tx.$queryRaw`select id from "Project" where id = ${project.id} for update`;
  const member = await tx.projectMember.findUnique({
    where: { projectId_userId: { projectId: project.id, userId } },
    select: { roles: true, user: { select: { name: true, email: true } } },
  });
  if (!member) throw new DomainError("USER_NOT_FOUND", { params: { userId } });
  return member;
}

async function assertNotLastOwner(tx: Tx, project: ProjectScope, member: Found): Promise<void> {
  if (!member.roles.includes("GROUP_OWNER")) return;
  const owners = await tx.projectMember.count({ where: { projectId: project.id, roles: { has: "GROUP_OWNER" } } });
  if (owners <= 1) throw new DomainError("CANNOT_REMOVE_LAST_GROUP_OWNER", { params: { project: project.name } });
}

/** Throws CANNOT_REMOVE_ALL_USER_ROLES, CANNOT_REMOVE_LAST_GROUP_OWNER, USER_NOT_FOUND, USER_UNAUTHORIZED. */
export async function updateProjectMember(
  actor: Actor,
  project: ProjectScope,
  input: UpdateProjectMember,
): Promise<void> {
  if (input.roles.length === 0) throw new DomainError("CANNOT_REMOVE_ALL_USER_ROLES");
  const { id: projectId, organizationId } = project;
  await db().$transaction(async (tx) => {
    const member = await lockMember(tx, project, input.userId);
    assertMayAssign(actor, project, { email: member.user.email, before: member.roles, after: input.roles });
    if (!input.roles.includes("GROUP_OWNER")) await assertNotLastOwner(tx, project, member);
    await tx.projectMember.update({
      where: { projectId_userId: { projectId, userId: input.userId } },
      data: { roles: input.roles },
    });
    const details = {
      email: member.user.email,
      from: member.roles.map(roleLabel),
      to: input.roles.map(roleLabel),
    };
    await recordActivity(tx, { organizationId, projectId, type: "USER_ROLES_CHANGED_AUDIT", actor, details });
  });
}

/** Throws CANNOT_REMOVE_LAST_GROUP_OWNER, USER_NOT_FOUND, USER_UNAUTHORIZED. */
export async function removeProjectMember(
  actor: Actor,
  project: ProjectScope,
  input: RemoveProjectMember,
): Promise<void> {
  const { id: projectId, organizationId } = project;
  await db().$transaction(async (tx) => {
    const member = await lockMember(tx, project, input.userId);
    // Leaving takes rights away, so everybody may remove themselves who may remove others.
    const email = input.userId === actor.id ? "" : member.user.email;
    assertMayAssign(actor, project, { email, before: member.roles, after: [] });
    await assertNotLastOwner(tx, project, member);
    await tx.projectMember.delete({ where: { projectId_userId: { projectId, userId: input.userId } } });
    const details = { email: member.user.email, roles: member.roles.map(roleLabel) };
    await recordActivity(tx, { organizationId, projectId, type: "REMOVED_FROM_GROUP", actor, details });
  });
}
