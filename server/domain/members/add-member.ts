import type { Actor } from "@/server/access/actor";
import type { OrgScope, ProjectScope } from "@/server/access/require-permission";
import { roleLabel } from "@/server/access/roles";
import { hashPassword, makeOneTimePassword } from "@/server/auth/passwords";
import { db, isUniqueViolation, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import { assertMayAssign } from "./assert-may-assign";
import { createUser } from "./create-user";
import type { AddedMember, AddOrgMember, AddProjectMember } from "./schema";

interface Person {
  id: string;
  name: string;
  email: string;
}

/** The person of this address, or a new account with a password that is shown once. */
async function findOrCreatePerson(
  email: string,
  name: string | undefined,
): Promise<{ find(tx: Tx): Promise<Person>; oneTimePassword: string | null }> {
  const existing = await db().user.findUnique({ where: { email }, select: { id: true, name: true, email: true } });
  if (existing) return { find: () => Promise.resolve(existing), oneTimePassword: null };
  const oneTimePassword = makeOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);
  const user = { email, name: name ?? email.split("@")[0] ?? email, passwordHash, mustChangePassword: true };
  return { find: (tx) => createUser(tx, user), oneTimePassword };
}

function alreadyMember(error: unknown, email: string): unknown {
  return isUniqueViolation(error) ? new DomainError("USER_ALREADY_EXISTS", { params: { email }, cause: error }) : error;
}

/** Adds a person to the organization. Throws USER_ALREADY_EXISTS for a member. */
export async function addOrgMember(actor: Actor, org: OrgScope, input: AddOrgMember): Promise<AddedMember> {
  const { find, oneTimePassword } = await findOrCreatePerson(input.email, input.name);
  try {
    return await db().$transaction(async (tx) => {
      const person = await find(tx);
      await tx.organizationMember.create({
        data: { organizationId: org.id, userId: person.id, roles: input.roles },
      });
      const details = { email: person.email, roles: input.roles.map(roleLabel) };
      await recordActivity(tx, { organizationId: org.id, type: "JOINED_ORG", actor, details });
      return { userId: person.id, name: person.name, email: person.email, oneTimePassword };
    });
  } catch (error) {
    throw alreadyMember(error, input.email);
  }
}

/** Adds a person to the project, and to its organization where they are not in it. */
export async function addProjectMember(
  actor: Actor,
  project: ProjectScope,
  input: AddProjectMember,
): Promise<AddedMember> {
  assertMayAssign(actor, project, { email: input.email, before: [], after: input.roles });
  const { id: projectId, organizationId } = project;
  const { find, oneTimePassword } = await findOrCreatePerson(input.email, input.name);
  try {
    return await db().$transaction(async (tx) => {
      const person = await find(tx);
      const { count } = await tx.organizationMember.createMany({
        data: [{ organizationId, userId: person.id, roles: ["ORG_MEMBER"] }],
        skipDuplicates: true,
      });
      await tx.projectMember.create({
        data: {
          projectId,
          userId: person.id,
          roles: input.roles,
          addedById: actor.type === "user" ? actor.id : null,
        },
      });
      if (count > 0) {
        const joined = { email: person.email, roles: [roleLabel("ORG_MEMBER")] };
        await recordActivity(tx, { organizationId, type: "JOINED_ORG", actor, details: joined });
      }
      const details = { email: person.email, roles: input.roles.map(roleLabel) };
      await recordActivity(tx, { organizationId, projectId, type: "JOINED_GROUP", actor, details });
      return { userId: person.id, name: person.name, email: person.email, oneTimePassword };
    });
  } catch (error) {
    throw alreadyMember(error, input.email);
  }
}
