import { reasonOf } from "@/components/access/reason";
import { tierLine } from "@/components/clusters/health";
import { newRestorePath } from "@/components/format/addresses";
import { formatBytes } from "@/components/format/bytes";
import { formatCount, plural } from "@/components/format/numbers";
import { utcLong } from "@/components/format/times";
import { Proof } from "@/components/snapshots/Proof";
import { KindLabel } from "@/components/timeline/Mark";
import { Button, LinkButton } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { TableHead } from "@/components/ui/TableHead";
import type { ClusterView } from "@/server/domain/clusters/schema";
import type { SnapshotView } from "@/server/domain/snapshots/schema";

/** The wizard's first step, before a cluster is chosen. */
export function SourceClusters({ clusters, projectId }: { clusters: readonly ClusterView[]; projectId: string }) {
  if (clusters.length === 0) {
    return (
      <EmptyState icon="database" title="No cluster has a snapshot yet">
        Take a snapshot of a cluster first; then it can be restored from here.
      </EmptyState>
    );
  }
  return (
    <ul className="panel list">
      {clusters.map((cluster) => (
        <li key={cluster.id}>
          <div>
            <b>{cluster.name}</b>
            <span className="sub">
              {tierLine(cluster)}, {plural(cluster.snapshotCount, "snapshot")}
              {cluster.lastSnapshot ? (
                <>
                  , the newest <RelativeTime at={cluster.lastSnapshot.at} />
                </>
              ) : null}
            </span>
          </div>
          <LinkButton
            size="small"
            href={newRestorePath(projectId, { cluster: cluster.name })}
            aria-label={`Choose ${cluster.name}`}
          >
            Choose
          </LinkButton>
        </li>
      ))}
    </ul>
  );
}

/** The wizard's first step, when the cluster is known: which snapshot. */
export function SourceSnapshots({ snapshots, projectId }: { snapshots: readonly SnapshotView[]; projectId: string }) {
  if (snapshots.length === 0) {
    return (
      <EmptyState icon="camera" title="No completed snapshot">
        This cluster has no snapshot that can be restored. Take one first.
      </EmptyState>
    );
  }
  return (
    <div className="panel">
      <table className="stack table">
        <TableHead
          columns={["Taken", "Kind", "Proven", "MongoDB", { num: "Documents" }, { num: "Data" }]}
          act="Choose"
        />
        <tbody>
          {snapshots.map((snapshot) => (
            <SourceRow key={snapshot.id} snapshot={snapshot} projectId={projectId} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SourceRow({ snapshot, projectId }: { snapshot: SnapshotView; projectId: string }) {
  const reason = reasonOf(snapshot.can.restore);
  const label = `Choose the snapshot of ${utcLong(snapshot.createdAt)}`;
  return (
    <tr>
      <td>
        <b>
          <RelativeTime at={snapshot.createdAt} />
        </b>
        <span className="sub">
          {utcLong(snapshot.createdAt)}
          {snapshot.description ? `, “${snapshot.description}”` : ""}
        </span>
      </td>
      <td data-l="Kind">
        <KindLabel kind={snapshot.kind} />
      </td>
      <td data-l="Proven">
        <Proof snapshot={snapshot} />
      </td>
      <td data-l="MongoDB">{snapshot.mongoDBVersion}</td>
      <td data-l="Documents" className="num">
        {snapshot.documents === null ? null : formatCount(snapshot.documents)}
      </td>
      <td data-l="Data" className="num">
        {snapshot.dataBytes === null ? null : formatBytes(snapshot.dataBytes)}
      </td>
      <td className="act">
        {reason ? (
          <Button size="small" disabledReason={reason} aria-label={label}>
            Choose
          </Button>
        ) : (
          <LinkButton
            size="small"
            href={newRestorePath(projectId, { cluster: snapshot.cluster.name, snapshot: snapshot.id })}
            aria-label={label}
          >
            Choose
          </LinkButton>
        )}
      </td>
    </tr>
  );
}
