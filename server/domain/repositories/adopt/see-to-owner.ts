import { SYSTEM } from "@/server/access/actor";
import { roleLabel } from "@/server/access/roles";
import type { Db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../../activity/record-activity";

const ROLES = ["ORG_OWNER"];

export interface Owner {
  id: string;
  email: string;
}

/** The person of this address. Throws USER_NOT_FOUND. */
export async function findOwner(db: Db, email: string | null): Promise<Owner | null> {
  if (email === null) return null;
  const user = await db.user.findUnique({ where: { email: email.trim().toLowerCase() } });
  if (!user)
    throw new DomainError("USER_NOT_FOUND", { message: `nobody here has the address ${email}`, params: { email } });
  return { id: user.id, email: user.email };
}

/**
 * Makes the person owner of an organization that nobody belongs to; one that has people is left to them. True when it
 * still has nobody although the installation has people: set-up, which gives it an owner, is over.
 */
export async function seeToOwner(db: Db, organizationId: string, owner: Owner | null): Promise<boolean> {
  if ((await db.organizationMember.count({ where: { organizationId } })) > 0) return false;
  if (owner === null) return (await db.user.count()) > 0;
  await db.$transaction(async (tx) => {
    await tx.organizationMember.create({ data: { organizationId, userId: owner.id, roles: ROLES } });
    const details = { email: owner.email, roles: ROLES.map(roleLabel) };
    await recordActivity(tx, { organizationId, type: "JOINED_ORG", actor: SYSTEM, details });
  });
  return false;
}
