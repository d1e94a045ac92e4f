import type { ProjectScope } from "@/server/access/require-permission";
import { db, type RestoreJobModel } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";

/** A restore that begins or ends in the checked project. Throws RESTORE_JOB_NOT_FOUND. */
export async function getRestoreRow(project: ProjectScope, restoreId: string): Promise<RestoreJobModel> {
  const inProject = { OR: [{ targetProjectId: project.id }, { sourceProjectId: project.id }] };
  const restore = await db().restoreJob.findFirst({ where: { id: restoreId, ...inProject } });
  if (!restore) throw new DomainError("RESTORE_JOB_NOT_FOUND", { params: { restoreId, groupId: project.id } });
  return restore;
}
