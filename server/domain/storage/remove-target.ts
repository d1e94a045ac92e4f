import type { Actor } from "@/server/access/actor";
import type { OrgScope } from "@/server/access/require-permission";
import { db, type StorageTargetModel, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import { recordingRefusals } from "../activity/record-refusal";
import { getTarget, lockTarget } from "./find-target";
import type { OneTarget } from "./schema";
import { findHolding } from "./usage";

async function assertUnused(tx: Tx, target: StorageTargetModel): Promise<void> {
  const { id, name } = target;
  const inUse = (params: { reason: string; clusters?: string }) =>
    new DomainError("STORAGE_TARGET_IN_USE", { message: `${name}: ${params.reason}`, params: { name, ...params } });
  if (target.kind === "INSTALLATION") throw inUse({ reason: "installation" });
  if (target.isDefault) throw inUse({ reason: "default" });
  const holding = await findHolding(tx, id);
  if (holding) throw inUse({ ...holding });
}

/**
 * Forgets a target and its credentials. Its row goes where nothing was ever stored; else it stays as removed, because
 * rows of old snapshots name its repository. What garbage collection left in the storage is not touched. Throws
 * STORAGE_TARGET_NOT_FOUND, and STORAGE_TARGET_IN_USE for the default, the installation's own disk, and one that holds
 * snapshots or the manifests of deleted ones.
 */
export async function removeTarget(actor: Actor, org: OrgScope, input: OneTarget): Promise<void> {
  const { name } = await getTarget(db(), org.id, input.targetId);
  const happening = {
    organizationId: org.id,
    type: "STORAGE_TARGET_REMOVED",
    actor,
    details: { targetId: input.targetId, name },
  };
  await recordingRefusals(happening, () =>
    db().$transaction(async (tx) => {
      const target = await lockTarget(tx, org.id, input.targetId);
      await assertUnused(tx, target);
      const stored = await tx.repository.count({ where: { targetId: target.id } });
      if (stored === 0) await tx.storageTarget.delete({ where: { id: target.id } });
      else await retire(tx, target.id);
      await recordActivity(tx, happening);
    }),
  );
}

async function retire(tx: Tx, targetId: string): Promise<void> {
  await tx.storageAssignment.deleteMany({ where: { targetId } });
  await tx.storageTarget.update({
    where: { id: targetId },
    data: { liveName: null, credentialsSealed: null, removedAt: new Date(), revision: { increment: 1 } },
  });
}
