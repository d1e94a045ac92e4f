import Link from "next/link";
import { clusterBackupPath, snapshotPath } from "@/components/format/addresses";
import { formatBytes } from "@/components/format/bytes";
import { KindLabel } from "@/components/timeline/Mark";
import { ExactTime } from "@/components/ui/ExactTime";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { TableHead } from "@/components/ui/TableHead";
import type { SnapshotView } from "@/server/domain/snapshots/schema";
import { Proof } from "./Proof";
import { SnapshotActions } from "./SnapshotActions";
import { SnapshotBadge } from "./SnapshotBadge";
import { snapshotNote } from "./snapshot-state";

/** Snapshots, newest first; of one cluster, or of a project with the cluster's name in each row. */
export function SnapshotTable({
  snapshots,
  showCluster = false,
}: {
  snapshots: readonly SnapshotView[];
  showCluster?: boolean;
}) {
  return (
    <table className="stack table">
      <TableHead
        columns={[
          "Taken",
          showCluster ? "Cluster" : null,
          "UTC",
          "Kind",
          "Status",
          "Proven",
          "MongoDB",
          { num: "Data" },
          { num: "New in store" },
          "Expires",
        ]}
        act="Actions"
      />
      <tbody>
        {snapshots.map((snapshot) => (
          <SnapshotRow key={snapshot.id} snapshot={snapshot} showCluster={showCluster} />
        ))}
      </tbody>
    </table>
  );
}

function SnapshotRow({ snapshot, showCluster }: { snapshot: SnapshotView; showCluster: boolean }) {
  const { cluster, projectId } = snapshot;
  return (
    <tr>
      <td>
        <Link href={snapshotPath(projectId, cluster.name, snapshot.id)}>
          <b>
            <RelativeTime at={snapshot.createdAt} />
          </b>
        </Link>
        <span className="sub">{snapshotNote(snapshot)}</span>
      </td>
      {showCluster ? (
        <td data-l="Cluster">
          <Link href={clusterBackupPath(projectId, cluster.name)}>{cluster.name}</Link>
          {cluster.deleted ? <span className="sub">terminated</span> : null}
        </td>
      ) : null}
      <td data-l="UTC" className="t2">
        <ExactTime at={snapshot.createdAt} />
      </td>
      <td data-l="Kind">
        <KindLabel kind={snapshot.kind} />
      </td>
      <td data-l="Status">
        <SnapshotBadge snapshot={snapshot} />
      </td>
      <td data-l="Proven">
        <Proof snapshot={snapshot} />
      </td>
      <td data-l="MongoDB" className="lo">
        {snapshot.mongoDBVersion}
      </td>
      <td data-l="Data" className="num">
        {snapshot.dataBytes === null ? null : formatBytes(snapshot.dataBytes)}
      </td>
      <td data-l="New in store" className="num lo">
        {snapshot.storedBytes === null ? null : formatBytes(snapshot.storedBytes)}
      </td>
      <td data-l="Expires" className="nw">
        {snapshot.expiresAt ? <RelativeTime at={snapshot.expiresAt} /> : <span className="t3">None</span>}
      </td>
      <td className="act">
        <SnapshotActions snapshot={snapshot} />
      </td>
    </tr>
  );
}
