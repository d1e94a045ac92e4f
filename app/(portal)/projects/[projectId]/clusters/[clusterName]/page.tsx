import type { Metadata } from "next";
import { loadCluster } from "@/app/lib/cluster";
import { load } from "@/app/lib/load";
import { ClusterFacts } from "@/components/clusters/ClusterFacts";
import { ClusterHead, ClusterTabs } from "@/components/clusters/ClusterHead";
import { ConnectPanel } from "@/components/clusters/ConnectPanel";
import { DangerZone } from "@/components/clusters/DangerZone";
import { DeploymentPanel } from "@/components/clusters/DeploymentPanel";
import { LockNotice } from "@/components/clusters/LockNotice";
import { Reconnect } from "@/components/clusters/Reconnect";
import { Refused } from "@/components/errors/Refused";
import { clusterBackupPath } from "@/components/format/addresses";
import { LiveRefresh } from "@/components/runs/LiveRefresh";
import { LinkButton } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";

interface Props {
  params: Promise<{ projectId: string; clusterName: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).clusterName) };
}

export default async function ClusterPage({ params }: Props) {
  const { projectId, clusterName } = await params;
  const loaded = await loadCluster(projectId, clusterName);
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const cluster = loaded.data;
  const connect = cluster.can.connect.allowed
    ? await load((api) => api.clusters.connectInfo({ projectId, clusterId: cluster.id }))
    : null;
  return (
    <>
      <LiveRefresh projectId={projectId} />
      <ClusterHead
        cluster={cluster}
        actions={
          <LinkButton icon="history" href={clusterBackupPath(projectId, cluster.name)}>
            Backup
          </LinkButton>
        }
      />
      <ClusterTabs cluster={cluster} current="overview" />
      {cluster.health === "notConnected" ? (
        <Notice tone="warn">
          <p>
            <b>{cluster.name} is not connected.</b> It was rebuilt from its snapshots, which can be restored into any
            cluster. Connect it again to take new ones and to restore into it.
          </p>
          <p className="mt-2">
            <Reconnect cluster={cluster} primary />
          </p>
        </Notice>
      ) : cluster.reachable === false ? (
        <Notice tone="bad">
          <b>{cluster.name} does not answer.</b> {cluster.stateMessage ?? "Check host, network and TLS."} Its stored
          snapshots are unharmed.
        </Notice>
      ) : null}
      <LockNotice cluster={cluster} />
      <ClusterFacts cluster={cluster} />
      <div className="cols">
        <DeploymentPanel cluster={cluster} />
        {connect?.ok ? (
          <div className="sec">
            <ConnectPanel info={connect.data} />
          </div>
        ) : null}
      </div>
      {cluster.state === "DELETED" ? null : <DangerZone cluster={cluster} />}
    </>
  );
}
