import type { Actor } from "@/server/access/actor";
import { presentRole, roleLabel } from "@/server/access/roles";
import type { OrgScope } from "@/server/access/require-permission";
import { makeApiKeySecret, redactPrivateKey } from "@/server/auth/api-key-secret";
import { db, type Prisma } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { recordActivity } from "../activity/record-activity";
import type { ApiKeyView, CreateApiKey, CreatedApiKey, DeleteApiKey } from "./schema";

const SHOWN = {
  id: true,
  publicKey: true,
  privateKeyTail: true,
  description: true,
  roles: true,
  createdAt: true,
  lastUsedAt: true,
  projects: { select: { roles: true, project: { select: { id: true, name: true } } } },
} as const satisfies Prisma.ApiKeySelect;

type ShownKey = Prisma.ApiKeyGetPayload<{ select: typeof SHOWN }>;

function presentApiKey(key: ShownKey): ApiKeyView {
  return {
    id: key.id,
    publicKey: key.publicKey,
    redactedPrivateKey: redactPrivateKey(key.privateKeyTail),
    description: key.description,
    roles: key.roles.map(presentRole),
    projects: key.projects.map(({ project, roles }) => ({
      project: { id: project.id, name: project.name },
      roles: roles.map(presentRole),
    })),
    createdAt: key.createdAt,
    lastUsedAt: key.lastUsedAt,
  };
}

export async function listApiKeys(org: OrgScope): Promise<ApiKeyView[]> {
  const keys = await db().apiKey.findMany({
    where: { organizationId: org.id },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    select: SHOWN,
  });
  return keys.map(presentApiKey);
}

/** Creates a key; the answer is the only place where its private half ever is. */
export async function createApiKey(actor: Actor, org: OrgScope, input: CreateApiKey): Promise<CreatedApiKey> {
  const { publicKey, privateKey, ha1Sealed, privateKeyTail } = makeApiKeySecret();
  const key = await db().$transaction(async (tx) => {
    const projects = await tx.project.findMany({
      where: { id: { in: input.projects.map((project) => project.projectId) }, organizationId: org.id },
      select: { id: true },
    });
    const known = new Set(projects.map((project) => project.id));
    const missing = input.projects.find((project) => !known.has(project.projectId));
    if (missing) throw new DomainError("GROUP_NOT_FOUND", { params: { groupId: missing.projectId } });
    const created = await tx.apiKey.create({
      data: {
        id: newId(),
        organizationId: org.id,
        publicKey,
        ha1Sealed,
        privateKeyTail,
        description: input.description,
        roles: input.roles,
        projects: { create: input.projects.map(({ projectId, roles }) => ({ projectId, roles })) },
      },
      select: SHOWN,
    });
    const details = { publicKey, description: input.description };
    const type = "API_KEY_CREATED";
    await recordActivity(tx, {
      organizationId: org.id,
      type,
      actor,
      details: { ...details, roles: input.roles.map(roleLabel) },
    });
    for (const { projectId, roles } of input.projects) {
      const inProject = { ...details, roles: roles.map(roleLabel) };
      await recordActivity(tx, { organizationId: org.id, projectId, type, actor, details: inProject });
    }
    return created;
  });
  return { key: presentApiKey(key), privateKey };
}

export async function deleteApiKey(actor: Actor, org: OrgScope, input: DeleteApiKey): Promise<void> {
  await db().$transaction(async (tx) => {
    const key = await tx.apiKey.findUnique({ where: { id: input.apiKeyId, organizationId: org.id } });
    if (!key) throw new DomainError("RESOURCE_NOT_FOUND", { params: { resource: input.apiKeyId } });
    await tx.apiKey.delete({ where: { id: key.id } });
    const details = { publicKey: key.publicKey, description: key.description };
    await recordActivity(tx, { organizationId: org.id, type: "API_KEY_DELETED", actor, details });
  });
}
