import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import { rememberLeaving } from "../snapshots/leaving-snapshots";
import type { DeleteProject } from "./schema";

/**
 * Deletes a project that holds nothing any more. Throws CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS while a cluster lives
 * or a snapshot is kept. The activity entries stay, in the organization, and of its snapshots what the removal of their
 * manifests works from.
 */
export async function deleteProject(actor: Actor, project: ProjectScope, input: DeleteProject): Promise<void> {
  if (input.typedName !== project.name) {
    throw new DomainError("INVALID_ATTRIBUTE", {
      params: { attribute: "typedName", detail: "The typed name is not the project's." },
    });
  }
  const projectId = project.id;
  await db().$transaction(async (tx) => {
    await tx.$queryRaw`select id from "Project" where id = ${projectId} for update`;
    const clusters = await tx.cluster.count({ where: { projectId, deletedAt: null } });
    const snapshots = await tx.snapshot.count({ where: { projectId, deletedAt: null, status: { not: "FAILED" } } });
    if (clusters + snapshots > 0) {
      throw new DomainError("CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS", { params: { clusters, snapshots } });
    }
    await tx.restoreJob.deleteMany({ where: { OR: [{ targetProjectId: projectId }, { sourceProjectId: projectId }] } });
    await tx.run.deleteMany({ where: { projectId } });
    await rememberLeaving(tx, projectId);
    await tx.snapshot.deleteMany({ where: { projectId } });
    await tx.cluster.deleteMany({ where: { projectId } });
    await tx.project.delete({ where: { id: projectId } });
    const { organizationId, name } = project;
    await recordActivity(tx, { organizationId, type: "GROUP_DELETED", actor, details: { name, projectId } });
  });
}
