import { randomBytes } from "node:crypto";
import { makeActor, type Actor } from "@/server/access/actor";
import { roleLabel } from "@/server/access/roles";
import { hashPassword } from "@/server/auth/passwords";
import { assertWithinRate } from "@/server/auth/rate-limit";
import { equalSecrets, sha256Hex } from "@/server/platform/crypto";
import { db, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { recordActivity } from "../activity/record-activity";
import { createOrganization } from "../organizations/create-organization";
import { insertProject } from "../projects/insert-project";
import { createUser } from "../members/create-user";
import type { CompleteSetup, SetupResult, SetupStatus } from "./schema";

const TOKEN_KEY = "setup.token";
/** One set-up at a time; a key of an advisory lock. */
const SETUP_LOCK = 0x73657475;

async function isEmpty(from: Tx): Promise<boolean> {
  return (await from.user.findFirst({ select: { id: true } })) === null;
}

/**
 * Makes the one-time token of an empty installation, for the terminal to print; the one before is worth nothing then.
 * Null when the installation has people already.
 */
export async function issueSetupToken(): Promise<string | null> {
  if (!(await isEmpty(db()))) return null;
  const token = randomBytes(18).toString("base64url");
  const value = { hash: sha256Hex(token) };
  await db().setting.upsert({ where: { key: TOKEN_KEY }, create: { key: TOKEN_KEY, value }, update: { value } });
  return token;
}

export async function getSetupStatus(): Promise<SetupStatus> {
  const needed = await isEmpty(db());
  return { needed, adopted: needed && (await db().organization.count()) > 0 };
}

/**
 * Creates the first person, their organization and, where named, its first project. Where organizations were rebuilt from
 * storage (repository adopt), the person becomes the owner of all of them instead: they lost theirs with the database.
 * Throws SETUP_ALREADY_DONE when somebody exists, SETUP_TOKEN_INVALID for a wrong token, RATE_LIMITED after many.
 */
export async function completeSetup(input: CompleteSetup, ip: string | null): Promise<SetupResult> {
  await assertWithinRate([{ key: "setup:token", limit: 20, windowSeconds: 900 }]);
  const passwordHash = await hashPassword(input.password);
  return db().$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(${SETUP_LOCK})`;
    if (!(await isEmpty(tx))) throw new DomainError("SETUP_ALREADY_DONE");
    const setting = await tx.setting.findUnique({ where: { key: TOKEN_KEY } });
    const kept = setting?.value as { hash?: string } | undefined;
    // An installation that never printed a token accepts none, and takes as long to say so.
    const isRight = equalSecrets(kept?.hash ?? sha256Hex(newId()), sha256Hex(input.token));
    if (!isRight) throw new DomainError("SETUP_TOKEN_INVALID");
    await tx.setting.delete({ where: { key: TOKEN_KEY } });
    const user = await createUser(tx, {
      email: input.email,
      name: input.name,
      passwordHash,
      mustChangePassword: false,
    });
    const actor = makeActor({ type: "user", id: user.id, name: user.name, email: user.email, ip });
    const adopted = await giveOwner(tx, actor);
    if (adopted) return { organizationId: adopted, projectId: null };
    const name = input.organizationName;
    if (!name) throw new DomainError("MISSING_ATTRIBUTE", { params: { attribute: "organizationName" } });
    const org = await createOrganization(tx, actor, { name, ownerId: user.id });
    const project = input.projectName ? await insertProject(tx, actor, org, input.projectName) : null;
    return { organizationId: org.id, projectId: project?.id ?? null };
  });
}

/** Makes the actor owner of every organization, which nobody belongs to; the id of the first, null when there is none. */
async function giveOwner(tx: Tx, actor: Actor): Promise<string | null> {
  const organizations = await tx.organization.findMany({ orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
  for (const { id: organizationId } of organizations) {
    const roles = ["ORG_OWNER"];
    await tx.organizationMember.create({ data: { organizationId, userId: actor.id, roles } });
    const details = { email: actor.email, roles: roles.map(roleLabel) };
    await recordActivity(tx, { organizationId, type: "JOINED_ORG", actor, details });
  }
  return organizations[0]?.id ?? null;
}
