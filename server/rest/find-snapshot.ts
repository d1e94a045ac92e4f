import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { getSnapshot } from "@/server/domain/snapshots/get-snapshot";
import type { SnapshotView } from "@/server/domain/snapshots/schema";
import type { ClusterModel } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { ID_PATTERN } from "@/server/platform/ids";
import { AtlasError } from "./atlas-error";

/** One snapshot of this cluster. Throws INVALID_SNAPSHOT_ID for what is no id, SNAPSHOT_NOT_FOUND for another's. */
export async function getSnapshotOf(
  actor: Actor,
  project: ProjectScope,
  cluster: ClusterModel,
  snapshotId: string,
): Promise<SnapshotView> {
  if (!ID_PATTERN.test(snapshotId)) throw new AtlasError("INVALID_SNAPSHOT_ID", { parameters: [snapshotId] });
  const snapshot = await getSnapshot(actor, project, snapshotId);
  if (snapshot.cluster.id === cluster.id) return snapshot;
  throw new DomainError("SNAPSHOT_NOT_FOUND", { params: { snapshotId } });
}
