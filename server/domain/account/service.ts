import type { Actor } from "@/server/access/actor";
import { presentRole } from "@/server/access/roles";
import { hashPassword, verifyPassword } from "@/server/auth/passwords";
import { assertWithinRate } from "@/server/auth/rate-limit";
import { listLiveSessions, revokeOtherSessions, revokeSession, type LiveSession } from "@/server/auth/sessions";
import { db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { listVisibleProjects } from "../projects/find-project";
import type { ChangePassword, Me, RevokeSession, SessionView, UpdateAccount } from "./schema";

/** Who is signed in, and every organization and project they can see. */
export async function getMe(actor: Actor, session: LiveSession): Promise<Me> {
  const [user, organizations] = await Promise.all([
    db().user.findUniqueOrThrow({
      where: { id: actor.id },
      select: { id: true, name: true, email: true, mustChangePassword: true },
    }),
    db().organization.findMany({
      where: { id: { in: [...actor.orgIds] } },
      orderBy: { name: "asc" },
      select: { id: true, name: true },
    }),
  ]);
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    sessionExpiresAt: session.expiresAt,
    mustChangePassword: user.mustChangePassword,
    organizations: await Promise.all(
      organizations.map(async (org) => ({
        id: org.id,
        name: org.name,
        roles: actor.orgRoles(org.id).map(presentRole),
        projects: (await listVisibleProjects(actor, org)).map((project) => ({
          id: project.id,
          name: project.name,
          isMember: actor.projectRoles(project.id).length > 0,
          roles: actor.projectRoles(project.id).map(presentRole),
        })),
      })),
    ),
  };
}

export async function updateAccount(actor: Actor, input: UpdateAccount): Promise<void> {
  await db().user.update({ where: { id: actor.id }, data: { name: input.name } });
}

/** Changes the password and ends every other session. Throws SIGN_IN_FAILED when the current one is wrong. */
export async function changePassword(actor: Actor, session: LiveSession, input: ChangePassword): Promise<void> {
  await assertWithinRate([{ key: `password:${actor.id}`, limit: 10, windowSeconds: 900 }]);
  const user = await db().user.findUniqueOrThrow({ where: { id: actor.id }, select: { passwordHash: true } });
  if (!(await verifyPassword(user.passwordHash, input.currentPassword))) {
    throw new DomainError("INVALID_ATTRIBUTE", {
      params: { attribute: "currentPassword", detail: "This is not your current password." },
    });
  }
  const passwordHash = await hashPassword(input.newPassword);
  await db().user.update({ where: { id: actor.id }, data: { passwordHash, mustChangePassword: false } });
  await revokeOtherSessions(actor.id, session.id);
}

export async function listSessions(actor: Actor, current: LiveSession): Promise<SessionView[]> {
  const sessions = await listLiveSessions(actor.id);
  return sessions.map((session) => ({
    id: session.id,
    isCurrent: session.id === current.id,
    createdAt: session.createdAt,
    lastSeenAt: session.lastSeenAt,
    expiresAt: session.expiresAt,
    ip: session.ip,
    userAgent: session.userAgent,
  }));
}

/** Ends one of the own sessions. Throws RESOURCE_NOT_FOUND for anybody else's. */
export async function endSession(actor: Actor, input: RevokeSession): Promise<void> {
  if (!(await revokeSession(actor.id, input.sessionId))) throw new DomainError("RESOURCE_NOT_FOUND");
}
