import type { ProjectScope } from "@/server/access/require-permission";
import { db, type RunModel } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";

/** The run, read by its id and the checked project together. Throws RUN_NOT_FOUND. */
export async function getRunRow(project: ProjectScope, runId: string): Promise<RunModel> {
  const run = await db().run.findUnique({ where: { id: runId, projectId: project.id } });
  if (!run) throw new DomainError("RUN_NOT_FOUND", { params: { runId, groupId: project.id } });
  return run;
}
