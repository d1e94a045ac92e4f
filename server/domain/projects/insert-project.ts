import type { Actor } from "@/server/access/actor";
import type { OrgScope, ProjectScope } from "@/server/access/require-permission";
import type { Tx } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { recordActivity } from "../activity/record-activity";

/** A new project whose creator, person or key, is its Project Owner. A taken name is a unique violation. */
export async function insertProject(tx: Tx, actor: Actor, org: OrgScope, name: string): Promise<ProjectScope> {
  const roles = ["GROUP_OWNER"];
  const project = await tx.project.create({
    data: {
      id: newId(),
      organizationId: org.id,
      name,
      ...(actor.type === "user" ? { members: { create: { userId: actor.id, roles, addedById: actor.id } } } : {}),
      ...(actor.type === "apiKey" ? { apiKeys: { create: { apiKeyId: actor.id, roles } } } : {}),
    },
    select: { id: true, name: true, organizationId: true },
  });
  await recordActivity(tx, {
    organizationId: org.id,
    projectId: project.id,
    type: "GROUP_CREATED",
    actor,
    details: { name, projectId: project.id },
  });
  return project;
}
