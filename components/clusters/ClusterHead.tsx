import type { ReactNode } from "react";
import { clusterBackupPath, clusterPath } from "@/components/format/addresses";
import { PageHead } from "@/components/ui/PageHead";
import { Tabs } from "@/components/ui/Tabs";
import type { ClusterDetail } from "@/server/domain/clusters/schema";
import { HealthBadge } from "./HealthBadge";
import { placeName, tierLine } from "./health";

interface ClusterHeadProps {
  cluster: ClusterDetail;
  actions?: ReactNode;
}

/** "M30 replica set, MongoDB 8.0.4, AWS eu-central-1." */
export function ClusterHead({ cluster, actions }: ClusterHeadProps) {
  return (
    <PageHead title={cluster.name} badge={<HealthBadge cluster={cluster} />} actions={actions}>
      {tierLine(cluster)}, {placeName(cluster)}.{" "}
      {cluster.deploymentKind === "EMBEDDED" ? "Runs inside Holdfast." : "Runs elsewhere; Holdfast connects to it."}
    </PageHead>
  );
}

export function ClusterTabs({ cluster, current }: { cluster: ClusterDetail; current: "overview" | "backup" }) {
  const { id } = cluster.project;
  return (
    <Tabs
      label={cluster.name}
      tabs={[
        { label: "Overview", href: clusterPath(id, cluster.name), current: current === "overview" },
        { label: "Backup", href: clusterBackupPath(id, cluster.name), current: current === "backup" },
      ]}
    />
  );
}
