import { reasonOf } from "@/components/access/reason";
import { clusterBackupPath, newRestorePath, restorePath, snapshotPath } from "@/components/format/addresses";
import { Button, LinkButton } from "@/components/ui/Button";
import type { ClusterView } from "@/server/domain/clusters/schema";

/** The one thing to do next with a cluster. */
export function ClusterAction({ cluster }: { cluster: ClusterView }) {
  const { id: projectId } = cluster.project;
  const label = (words: string) => `${words}: ${cluster.name}`;
  if (!cluster.backupEnabled) {
    return (
      <LinkButton
        kind="quiet"
        size="small"
        href={clusterBackupPath(projectId, cluster.name)}
        aria-label={label("Dump by hand")}
      >
        Dump by hand
      </LinkButton>
    );
  }
  if (cluster.lock?.restoreId) {
    return (
      <LinkButton size="small" href={restorePath(projectId, cluster.lock.restoreId)} aria-label={label("See restore")}>
        See restore
      </LinkButton>
    );
  }
  if (cluster.health === "snapshotFailed" && cluster.lastFailure) {
    return (
      <LinkButton
        size="small"
        href={snapshotPath(projectId, cluster.name, cluster.lastFailure.snapshotId)}
        aria-label={label("See why")}
      >
        See why
      </LinkButton>
    );
  }
  if (!cluster.lastSnapshot) {
    return (
      <LinkButton size="small" href={clusterBackupPath(projectId, cluster.name)} aria-label={label("See backup")}>
        See backup
      </LinkButton>
    );
  }
  const reason = reasonOf(cluster.can.restore);
  if (reason) {
    return (
      <Button size="small" disabledReason={reason} aria-label={label("Restore")}>
        Restore
      </Button>
    );
  }
  return (
    <LinkButton size="small" href={newRestorePath(projectId, { cluster: cluster.name })} aria-label={label("Restore")}>
      Restore
    </LinkButton>
  );
}
