import type { Metadata } from "next";
import { loadCluster } from "@/app/lib/cluster";
import { load } from "@/app/lib/load";
import { BackupFacts } from "@/components/clusters/BackupFacts";
import { ClusterHead, ClusterTabs } from "@/components/clusters/ClusterHead";
import { DumpPanel } from "@/components/clusters/DumpPanel";
import { LockNotice } from "@/components/clusters/LockNotice";
import { Refused } from "@/components/errors/Refused";
import { clusterBackupPath, clusterPath } from "@/components/format/addresses";
import { ClusterRestores } from "@/components/restores/ClusterRestores";
import { LiveRefresh } from "@/components/runs/LiveRefresh";
import { ClusterSnapshots } from "@/components/snapshots/ClusterSnapshots";
import { snapshotFilter } from "@/components/snapshots/snapshot-query";
import { TakeSnapshot } from "@/components/snapshots/TakeSnapshot";
import { Timeline } from "@/components/timeline/Timeline";
import { LinkButton } from "@/components/ui/Button";
import { singleParams, type Params } from "@/components/ui/query-string";
import { Tabs } from "@/components/ui/Tabs";
import type { ClusterDetail } from "@/server/domain/clusters/schema";

interface Props {
  params: Promise<{ projectId: string; clusterName: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Backup of ${decodeURIComponent((await params).clusterName)}` };
}

export default async function ClusterBackupPage({ params, searchParams }: Props) {
  const { projectId, clusterName } = await params;
  const loaded = await loadCluster(projectId, clusterName);
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const cluster = loaded.data;
  return (
    <>
      <LiveRefresh projectId={projectId} />
      <ClusterHead cluster={cluster} actions={<Actions cluster={cluster} />} />
      {cluster.backupEnabled ? (
        <Backups cluster={cluster} params={singleParams(await searchParams)} />
      ) : (
        <ByHand cluster={cluster} />
      )}
    </>
  );
}

function Actions({ cluster }: { cluster: ClusterDetail }) {
  const { project, id, name, can } = cluster;
  return (
    <>
      <LinkButton icon="database" href={clusterPath(project.id, name)}>
        Cluster
      </LinkButton>
      {cluster.backupEnabled ? (
        <TakeSnapshot projectId={project.id} can={can.takeSnapshot} clusters={[{ id, name, can: can.takeSnapshot }]} />
      ) : null}
    </>
  );
}

async function ByHand({ cluster }: { cluster: ClusterDetail }) {
  const loaded = await load((api) =>
    api.clusters.dumpCommands({ projectId: cluster.project.id, clusterId: cluster.id }),
  );
  return (
    <>
      <ClusterTabs cluster={cluster} current="backup" />
      {loaded.ok ? <DumpPanel commands={loaded.data} tier={cluster.tier} /> : <Refused problem={loaded.problem} />}
    </>
  );
}

async function Backups({ cluster, params }: { cluster: ClusterDetail; params: Params }) {
  const ids = { projectId: cluster.project.id, clusterId: cluster.id };
  const now = new Date();
  const { cursor, ...filters } = params;
  const loaded = await load((api) =>
    Promise.all([
      api.snapshots.timeline({ ...ids, from: new Date(0), to: now }),
      api.snapshots.list({
        ...ids,
        filter: snapshotFilter(filters, now),
        cursor: params.tab === "restores" ? null : cursor,
      }),
      cluster.can.restore.allowed || params.tab === "restores"
        ? api.restores.list({ ...ids, cursor: params.tab === "restores" ? cursor : null })
        : null,
      cluster.state === "DELETED" ? null : api.storage.nextPlace(ids),
    ]),
  );
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [timeline, snapshots, restores, next] = loaded.data;
  const base = clusterBackupPath(ids.projectId, cluster.name);
  const onRestores = params.tab === "restores";
  return (
    <>
      <LockNotice cluster={cluster} />
      <BackupFacts cluster={cluster} next={next} />
      {timeline.marks.length > 0 ? (
        <Timeline
          view={timeline}
          projectId={ids.projectId}
          clusterName={cluster.name}
          canRestore={cluster.can.restore}
        />
      ) : null}
      <section className="sec">
        <Tabs
          label="Backups of this cluster"
          tabs={[
            { label: "Snapshots", href: base, count: cluster.snapshotCount, current: !onRestores },
            { label: "Restores", href: `${base}?tab=restores`, count: restores?.total, current: onRestores },
          ]}
        />
        {onRestores && restores ? (
          <ClusterRestores page={restores} projectId={ids.projectId} clusterName={cluster.name} params={params} />
        ) : (
          <ClusterSnapshots page={snapshots} cluster={cluster} params={params} />
        )}
      </section>
    </>
  );
}
