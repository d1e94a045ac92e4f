import type { Actor } from "@/server/access/actor";
import { can, type OrgScope, type ProjectScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";

/** The project of this id, whoever asks; null when there is none. */
export function findProjectScope(projectId: string): Promise<ProjectScope | null> {
  return db().project.findUnique({
    where: { id: projectId },
    select: { id: true, name: true, organizationId: true },
  });
}

/** The organization's projects that the actor can see, by name. */
export async function listVisibleProjects(actor: Actor, org: OrgScope): Promise<ProjectScope[]> {
  const projects = await db().project.findMany({
    where: { organizationId: org.id },
    orderBy: { name: "asc" },
    select: { id: true, name: true, organizationId: true },
  });
  return projects.filter((project) => can(actor, "project.read", { project }));
}
