import Link from "next/link";
import { clusterBackupPath, projectPath } from "@/components/format/addresses";
import { formatBytes } from "@/components/format/bytes";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { TableHead } from "@/components/ui/TableHead";
import type { ClusterView } from "@/server/domain/clusters/schema";
import { ClusterAction } from "./ClusterAction";
import { LastSnapshot } from "./ClusterTable";
import { HealthBadge } from "./HealthBadge";
import { tierName, troubleLine } from "./health";

/** Every cluster of an organization that the reader may see. */
export function OrgClusterTable({ clusters }: { clusters: readonly ClusterView[] }) {
  return (
    <table className="stack table">
      <TableHead
        columns={["Cluster", "Project", "Tier", "Version", { num: "Data" }, "Backup", "Last snapshot", "Proven"]}
        act="Actions"
      />
      <tbody>
        {clusters.map((cluster) => (
          <tr key={cluster.id} className={cluster.state === "DELETED" ? "dim" : undefined}>
            <td>
              <Link href={clusterBackupPath(cluster.project.id, cluster.name)}>
                <b>{cluster.name}</b>
              </Link>
              <span className="sub">{troubleLine(cluster)}</span>
            </td>
            <td data-l="Project">
              <Link href={projectPath(cluster.project.id)}>{cluster.project.name}</Link>
            </td>
            <td data-l="Tier" className="nw">
              {tierName(cluster.tier)}{" "}
              {cluster.deploymentKind === "EXTERNAL" ? <span className="t3">external</span> : null}
            </td>
            <td data-l="Version" className="lo">
              {cluster.mongoDBVersion}
            </td>
            <td className="num" data-l="Data">
              {cluster.dataBytes === null ? <span className="t3">Not known</span> : formatBytes(cluster.dataBytes)}
            </td>
            <td data-l="Backup">
              <HealthBadge cluster={cluster} />
            </td>
            <td data-l="Last snapshot" className="nw">
              <LastSnapshot cluster={cluster} />
            </td>
            <td data-l="Proven" className="nw">
              {cluster.lastProven ? <RelativeTime at={cluster.lastProven.at} /> : <span className="t3">Never</span>}
            </td>
            <td className="act">
              <ClusterAction cluster={cluster} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
