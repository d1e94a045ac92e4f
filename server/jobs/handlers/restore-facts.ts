import type { RestoreJobModel, SnapshotModel, ClusterModel } from "@/server/platform/generated/prisma/models";
import { can } from "@/server/access/require-permission";
import { loadRequester } from "@/server/auth/load-requester";
import type { Db } from "@/server/platform/db";
import { openRepository } from "@/server/domain/repositories/open-repository";
import type { RestoreCaller } from "@/server/domain/restores/gather-checks";
import type { Repository } from "@/server/engine/repository";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";

/** The rows that a restore works with, read once at its beginning. */
export interface RestoreRows {
  job: RestoreJobModel;
  /** Without a manifest when it was deleted meanwhile. */
  snapshot: SnapshotModel;
  target: ClusterModel;
  sourceProject: { id: string; name: string; organizationId: string };
  targetProject: { id: string; name: string; organizationId: string };
}

export async function readRestoreRows(db: Db, restoreId: string): Promise<RestoreRows> {
  const job = await db.restoreJob.findUniqueOrThrow({
    where: { id: restoreId },
    include: { snapshot: true, target: true },
  });
  const { snapshot, target, ...row } = job;
  const projects = await db.project.findMany({ where: { id: { in: [job.sourceProjectId, job.targetProjectId] } } });
  const projectOf = (id: string) => {
    const found = projects.find((project) => project.id === id);
    if (!found) throw new DomainError("GROUP_NOT_FOUND", { params: { groupId: id } });
    return found;
  };
  return {
    job: row,
    snapshot,
    target,
    sourceProject: projectOf(job.sourceProjectId),
    targetProject: projectOf(job.targetProjectId),
  };
}

/**
 * The snapshot's repository, or one that throws the reason when it is read: what was begun can be finished or put back
 * without it as far as its journal allows. Throws what says nothing about the repository, as a database that is away.
 */
export async function openRestoreRepository(db: Db, { snapshot }: RestoreRows): Promise<Repository> {
  const { id: snapshotId, repositoryId } = snapshot;
  const deleted = new DomainError("CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT", { params: { snapshotId } });
  if (!repositoryId) return unreadableRepository(deleted);
  try {
    return await openRepository(db, repositoryId);
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return unreadableRepository(error);
  }
}

/** A restore reads the manifest before anything else of its repository. */
export function unreadableRepository(reason: DomainError): Repository {
  const readable: Pick<Repository, "readManifest"> = { readManifest: () => Promise.reject(reason) };
  return readable as Repository;
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
