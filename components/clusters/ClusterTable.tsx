import Link from "next/link";
import { clusterBackupPath } from "@/components/format/addresses";
import { formatBytes } from "@/components/format/bytes";
import { plural } from "@/components/format/numbers";
import { Icon } from "@/components/ui/Icon";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { TableHead } from "@/components/ui/TableHead";
import type { ClusterView } from "@/server/domain/clusters/schema";
import { ClusterAction } from "./ClusterAction";
import { HealthBadge } from "./HealthBadge";
import { tierLine, troubleLine } from "./health";

interface ClusterTableProps {
  clusters: readonly ClusterView[];
  /** Where a name leads: the cluster's page or its backup page. */
  href?: (cluster: ClusterView) => string;
}

/** The clusters of a project: can each be restored, from when, and was it proven. */
export function ClusterTable({ clusters, href = backupPage }: ClusterTableProps) {
  return (
    <div className="panel">
      <table className="stack table">
        <TableHead
          columns={["Cluster", "State", "Last snapshot", "Last proven restore", { num: "Snapshots" }, { num: "Data" }]}
          act="Actions"
        />
        <tbody>
          {clusters.map((cluster) => (
            <tr key={cluster.id}>
              <td>
                <Link href={href(cluster)}>
                  <b>{cluster.name}</b>
                </Link>
                <span className="sub">{tierLine(cluster)}</span>
              </td>
              <td data-l="State">
                <HealthBadge cluster={cluster} />
                <span className="sub">{troubleLine(cluster)}</span>
              </td>
              <td data-l="Last snapshot">
                <LastSnapshot cluster={cluster} />
              </td>
              <td data-l="Last proven restore">
                <LastProven cluster={cluster} />
              </td>
              <td className="num lo" data-l="Snapshots">
                {cluster.snapshotCount}
              </td>
              <td className="num" data-l="Data">
                {cluster.dataBytes === null ? <span className="t3">Not known</span> : formatBytes(cluster.dataBytes)}
              </td>
              <td className="act">
                <ClusterAction cluster={cluster} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const backupPage = (cluster: ClusterView) => clusterBackupPath(cluster.project.id, cluster.name);

export function LastSnapshot({ cluster }: { cluster: ClusterView }) {
  if (!cluster.lastSnapshot) return <span className="t3">None</span>;
  return (
    <>
      <RelativeTime at={cluster.lastSnapshot.at} />
      {cluster.lastSnapshot.consistent ? null : <span className="sub">not consistent</span>}
    </>
  );
}

function LastProven({ cluster }: { cluster: ClusterView }) {
  const proven = cluster.lastProven;
  if (!proven) {
    return (
      <>
        <span className="t3">{cluster.backupEnabled ? "Never" : "None"}</span>
        {cluster.snapshotCount > 0 ? <span className="sub">{plural(cluster.snapshotCount, "snapshot")}</span> : null}
      </>
    );
  }
  return (
    <>
      <span className="proof">
        <Icon name="proven" className="s" />
        <RelativeTime at={proven.at} />
      </span>
      <span className="sub">{proven.by ? `Restore by ${proven.by}` : "Restore"}</span>
    </>
  );
}
