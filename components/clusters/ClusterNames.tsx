import Link from "next/link";
import { clusterPath } from "@/components/format/addresses";
import { Section } from "@/components/ui/Section";
import type { ClusterView } from "@/server/domain/clusters/schema";
import { placeName, tierLine } from "./health";

/** Clusters without their backups, for who may see only the former. */
export function ClusterNames({ clusters }: { clusters: readonly ClusterView[] }) {
  return (
    <Section id="clusters" title="Clusters" count={clusters.length}>
      <ul className="panel list">
        {clusters.map((cluster) => (
          <li key={cluster.id}>
            <div>
              <Link href={clusterPath(cluster.project.id, cluster.name)}>
                <b>{cluster.name}</b>
              </Link>
              <span className="sub">
                {tierLine(cluster)}, {placeName(cluster)}
              </span>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}
