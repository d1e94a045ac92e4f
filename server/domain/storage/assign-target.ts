import type { Actor } from "@/server/access/actor";
import type { OrgScope } from "@/server/access/require-permission";
import { db, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { recordActivity } from "../activity/record-activity";
import { lockTarget } from "./find-target";
import type { AssignTarget, UnassignTarget } from "./schema";

async function findProjectName(tx: Tx, org: OrgScope, projectId: string | null): Promise<string> {
  if (projectId === null) return "all projects";
  const project = await tx.project.findUnique({ where: { id: projectId, organizationId: org.id } });
  if (!project) throw new DomainError("GROUP_NOT_FOUND", { params: { groupId: projectId } });
  return project.name;
}

/**
 * Sends later snapshots of a project (or all), provider and region (or all) to the target; those that exist stay where
 * they are. Throws STORAGE_TARGET_NOT_FOUND, GROUP_NOT_FOUND, STORAGE_ASSIGNMENT_EXISTS.
 */
export async function assignTarget(actor: Actor, org: OrgScope, input: AssignTarget): Promise<void> {
  const { projectId, cloudProvider, region } = input;
  await db().$transaction(async (tx) => {
    const target = await lockTarget(tx, org.id, input.targetId);
    const project = await findProjectName(tx, org, projectId);
    const place = { organizationId: org.id, projectId, cloudProvider, region };
    const taken = await tx.storageAssignment.findFirst({
      where: place,
      select: { target: { select: { name: true } } },
    });
    if (taken) throw new DomainError("STORAGE_ASSIGNMENT_EXISTS", { params: { name: taken.target.name } });
    await tx.storageAssignment.create({ data: { id: newId(), targetId: target.id, ...place } });
    await recordActivity(tx, {
      organizationId: org.id,
      projectId,
      type: "STORAGE_ASSIGNED",
      actor,
      details: { targetId: target.id, name: target.name, project, cloudProvider, region: region ?? "all regions" },
    });
  });
}

/** Takes an assignment away. Throws RESOURCE_NOT_FOUND. */
export async function unassignTarget(actor: Actor, org: OrgScope, input: UnassignTarget): Promise<void> {
  await db().$transaction(async (tx) => {
    const assignment = await tx.storageAssignment.findUnique({
      where: { id: input.assignmentId, organizationId: org.id },
      include: { target: true, project: true },
    });
    if (!assignment) throw new DomainError("RESOURCE_NOT_FOUND", { params: { resource: input.assignmentId } });
    const { target, project, cloudProvider, region } = assignment;
    await tx.storageAssignment.delete({ where: { id: assignment.id } });
    await recordActivity(tx, {
      organizationId: org.id,
      projectId: assignment.projectId,
      type: "STORAGE_UNASSIGNED",
      actor,
      details: {
        targetId: target.id,
        name: target.name,
        project: project?.name ?? "all projects",
        cloudProvider,
        region: region ?? "all regions",
      },
    });
  });
}
