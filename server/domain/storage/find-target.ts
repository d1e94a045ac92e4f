import type { StorageTargetModel, Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { chooseAssignment, type SnapshotOrigin } from "./choose-target";

/** The target, read by its id and the checked organization together. Throws STORAGE_TARGET_NOT_FOUND. */
export async function getTarget(from: Tx, organizationId: string, targetId: string): Promise<StorageTargetModel> {
  const target = await from.storageTarget.findUnique({ where: { id: targetId, organizationId, removedAt: null } });
  if (!target) throw new DomainError("STORAGE_TARGET_NOT_FOUND", { params: { targetId } });
  return target;
}

/**
 * The same, for changing it: targets of the organization are held until the commit, so that no change of the default,
 * no removal and no snapshot that is about to be stored there comes between. Throws STORAGE_TARGET_NOT_FOUND.
 */
export async function lockTarget(tx: Tx, organizationId: string, targetId: string): Promise<StorageTargetModel> {
  await tx.$queryRaw`
    select id from "StorageTarget" where "organizationId" = ${organizationId} order by id for update`;
  return getTarget(tx, organizationId, targetId);
}

/** The target that snapshots of this origin go to now: by assignment (choose-target.ts), else the default. */
export async function findTargetFor(
  from: Tx,
  organizationId: string,
  origin: SnapshotOrigin,
): Promise<StorageTargetModel> {
  const rules = await from.storageAssignment.findMany({
    where: {
      organizationId,
      cloudProvider: origin.cloudProvider,
      OR: [{ projectId: null }, { projectId: origin.projectId }],
    },
    select: { targetId: true, projectId: true, cloudProvider: true, region: true },
  });
  const rule = chooseAssignment(rules, origin);
  if (rule) return getTarget(from, organizationId, rule.targetId);
  const target = await from.storageTarget.findFirst({ where: { organizationId, isDefault: true } });
  if (!target) throw new DomainError("INTERNAL", { message: `organization ${organizationId} has no default storage` });
  return target;
}
