import { makeActor, type Actor } from "@/server/access/actor";
import { knownOrgRoles, knownProjectRoles } from "@/server/access/roles";
import { db, type Db, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";

/** A person with their roles as they stand now; null when the account is gone or disabled. */
export async function findUserActor(userId: string, ip: string | null, from: Db | Tx = db()): Promise<Actor | null> {
  const user = await from.user.findUnique({
    where: { id: userId },
    select: {
      id: true,
      name: true,
      email: true,
      disabledAt: true,
      organizations: { select: { organizationId: true, roles: true } },
      projects: { select: { projectId: true, roles: true } },
    },
  });
  if (!user || user.disabledAt) return null;
  return makeActor({
    type: "user",
    id: user.id,
    name: user.name,
    email: user.email,
    ip,
    orgRoles: Object.fromEntries(user.organizations.map((m) => [m.organizationId, knownOrgRoles(m.roles)])),
    projectRoles: Object.fromEntries(user.projects.map((m) => [m.projectId, knownProjectRoles(m.roles)])),
  });
}

/** A programmatic key as an actor. Throws SIGNED_OUT when the key is gone. */
export async function loadApiKeyActor(apiKeyId: string, ip: string | null, from: Db | Tx = db()): Promise<Actor> {
  const key = await from.apiKey.findUnique({
    where: { id: apiKeyId },
    select: {
      id: true,
      publicKey: true,
      description: true,
      organizationId: true,
      roles: true,
      projects: { select: { projectId: true, roles: true } },
    },
  });
  if (!key) throw new DomainError("SIGNED_OUT", { message: `API key ${apiKeyId} is gone` });
  return makeActor({
    type: "apiKey",
    id: key.id,
    name: key.publicKey,
    ip,
    orgRoles: { [key.organizationId]: knownOrgRoles(key.roles) },
    projectRoles: Object.fromEntries(key.projects.map((p) => [p.projectId, knownProjectRoles(p.roles)])),
  });
}
