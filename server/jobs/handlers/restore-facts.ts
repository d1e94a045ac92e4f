import type { RestoreJobModel, SnapshotModel, ClusterModel } from "@/server/platform/generated/prisma/models";
import { can } from "@/server/access/require-permission";
import { loadRequester } from "@/server/auth/load-requester";
import type { Db } from "@/server/platform/db";
import type { RestoreCaller } from "@/server/domain/restores/gather-checks";
import { DomainError } from "@/server/platform/errors/domain-error";

/** The rows that a restore works with, read once at its beginning. */
export interface RestoreRows {
  job: RestoreJobModel;
  snapshot: SnapshotModel & { repositoryId: string; manifestId: string };
  target: ClusterModel;
  sourceProject: { id: string; name: string; organizationId: string };
  targetProject: { id: string; name: string; organizationId: string };
}

/** Throws CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT when the snapshot went away meanwhile. */
export async function readRestoreRows(db: Db, restoreId: string): Promise<RestoreRows> {
  const job = await db.restoreJob.findUniqueOrThrow({
    where: { id: restoreId },
    include: { snapshot: true, target: true },
  });
  const { snapshot, target, ...row } = job;
  const { repositoryId, manifestId } = snapshot;
  if (!repositoryId || !manifestId) {
    throw new DomainError("CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT", { params: { snapshotId: snapshot.id } });
  }
  const projects = await db.project.findMany({ where: { id: { in: [job.sourceProjectId, job.targetProjectId] } } });
  const projectOf = (id: string) => {
    const found = projects.find((project) => project.id === id);
    if (!found) throw new DomainError("GROUP_NOT_FOUND", { params: { groupId: id } });
    return found;
  };
  return {
    job: row,
    snapshot: { ...snapshot, repositoryId, manifestId },
    target,
    sourceProject: projectOf(job.sourceProjectId),
    targetProject: projectOf(job.targetProjectId),
  };
}

/** Whether who asked for the restore may still do it: roles can be taken away while it waits. */
export async function judgeRequester(db: Db, rows: RestoreRows): Promise<RestoreCaller> {
  const { job, sourceProject, targetProject } = rows;
  const actor = await loadRequester(db, job.requestedById);
  const judge = (project: RestoreRows["sourceProject"]) => ({
    allowed: can(actor, "restore.start", { project }),
    project: project.name,
  });
  return { source: judge(sourceProject), target: judge(targetProject) };
}
