import Link from "next/link";
import { clusterBackupPath, projectPath } from "@/components/format/addresses";
import { formatBytes } from "@/components/format/bytes";
import { formatCount, plural } from "@/components/format/numbers";
import { EmptyState } from "@/components/ui/EmptyState";
import { TableHead } from "@/components/ui/TableHead";
import type { TargetDetail } from "@/server/domain/storage/schema";

/** Whose snapshots lie in a target. */
export function TargetClusters({ target }: { target: TargetDetail }) {
  const { clusters, hiddenClusters } = target;
  if (clusters.length + hiddenClusters === 0) {
    return (
      <EmptyState icon="database" level={3} title="Nothing is stored here yet">
        The first snapshot of a cluster that goes here makes it appear.
      </EmptyState>
    );
  }
  return (
    <div className="panel">
      {clusters.length > 0 ? (
        <table className="stack table">
          <TableHead columns={["Cluster", "Project", { num: "Snapshots" }, { num: "They added" }]} />
          <tbody>
            {clusters.map(({ cluster, project, deleted, snapshots, storedBytes }) => (
              <tr key={cluster.id}>
                <td>
                  <Link href={clusterBackupPath(project.id, cluster.name)}>
                    <b>{cluster.name}</b>
                  </Link>
                  {deleted ? <span className="t3"> terminated</span> : null}
                </td>
                <td data-l="Project">
                  <Link href={projectPath(project.id)}>{project.name}</Link>
                </td>
                <td className="num" data-l="Snapshots">
                  {formatCount(snapshots)}
                </td>
                <td className="num" data-l="They added">
                  {formatBytes(storedBytes)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {hiddenClusters > 0 ? (
        <div className="pager">
          <span>
            {clusters.length > 0 ? "And " : ""}
            {plural(hiddenClusters, "cluster")} of projects that you do not see.
          </span>
        </div>
      ) : null}
    </div>
  );
}
