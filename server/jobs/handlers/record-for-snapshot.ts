import { SYSTEM } from "@/server/access/actor";
import { recordActivity } from "@/server/domain/activity/record-activity";
import type { ActivityType } from "@/server/domain/activity/titles";
import type { Tx } from "@/server/platform/db";
import type { SnapshotModel } from "@/server/platform/generated/prisma/models";

const FAILURES: readonly ActivityType[] = ["CPS_SNAPSHOT_FAILED", "SNAPSHOT_VERIFY_FAILED", "SNAPSHOT_FOUND_DAMAGED"];

/** An entry of the activity feed about what the worker did with a snapshot. Call it last in the transaction. */
export async function recordForSnapshot(
  tx: Tx,
  snapshot: Pick<SnapshotModel, "id" | "projectId" | "clusterId" | "clusterName">,
  type: ActivityType,
  details: Record<string, string | number | boolean> = {},
): Promise<void> {
  const { organizationId } = await tx.project.findUniqueOrThrow({ where: { id: snapshot.projectId } });
  await recordActivity(tx, {
    organizationId,
    projectId: snapshot.projectId,
    type,
    outcome: FAILURES.includes(type) ? "FAILED" : "DONE",
    actor: SYSTEM,
    cluster: { id: snapshot.clusterId, name: snapshot.clusterName },
    details: { snapshotId: snapshot.id, ...details },
  });
}
