import type { Metadata } from "next";
import { loadCluster } from "@/app/lib/cluster";
import { load } from "@/app/lib/load";
import { reasonOf } from "@/components/access/reason";
import { Refused } from "@/components/errors/Refused";
import { utcShort } from "@/components/format/times";
import { CheckStep } from "@/components/restores/CheckStep";
import { SourceClusters, SourceSnapshots } from "@/components/restores/SourceStep";
import { TargetStep } from "@/components/restores/TargetStep";
import { WizardHead } from "@/components/restores/WizardHead";
import { EmptyState } from "@/components/ui/EmptyState";
import { singleParams } from "@/components/ui/query-string";

export const metadata: Metadata = { title: "Restore" };

interface Props {
  params: Promise<{ projectId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** The wizard: source, destination, check and confirm. The address holds the choices, so each step can be shared. */
export default async function NewRestorePage({ params, searchParams }: Props) {
  const { projectId } = await params;
  const { cluster, snapshot, targetProject, target } = singleParams(await searchParams);
  if (snapshot && targetProject && target) {
    return (
      <CheckAndConfirm
        choice={{ projectId, snapshotId: snapshot, targetProjectId: targetProject, targetClusterId: target }}
      />
    );
  }
  if (snapshot) return <Destination projectId={projectId} snapshotId={snapshot} />;
  if (cluster) return <SourceSnapshot projectId={projectId} clusterName={cluster} />;
  return <SourceCluster projectId={projectId} />;
}

async function SourceCluster({ projectId }: { projectId: string }) {
  const loaded = await load((api) => Promise.all([api.projects.get({ projectId }), api.clusters.list({ projectId })]));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [project, clusters] = loaded.data;
  const reason = reasonOf(project.can.restore);
  if (reason) {
    return (
      <EmptyState icon="lock" level={1} title={`You cannot restore in ${project.name}`}>
        {reason}
      </EmptyState>
    );
  }
  return (
    <>
      <WizardHead title="Restore a snapshot" step={0}>
        Which cluster&apos;s data do you want back? Nothing is changed before the last step.
      </WizardHead>
      <SourceClusters clusters={clusters.filter((one) => one.lastSnapshot !== null)} projectId={projectId} />
    </>
  );
}

async function SourceSnapshot({ projectId, clusterName }: { projectId: string; clusterName: string }) {
  const cluster = await loadCluster(projectId, clusterName);
  if (!cluster.ok) return <Refused problem={cluster.problem} />;
  const loaded = await load((api) =>
    api.snapshots.list({ projectId, clusterId: cluster.data.id, filter: { status: "COMPLETED" }, limit: 50 }),
  );
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  return (
    <>
      <WizardHead title={`Restore ${cluster.data.name}`} step={0}>
        To which snapshot do you want to go back?
      </WizardHead>
      <SourceSnapshots snapshots={loaded.data.items} projectId={projectId} />
    </>
  );
}

async function Destination({ projectId, snapshotId }: { projectId: string; snapshotId: string }) {
  const loaded = await load((api) =>
    Promise.all([api.snapshots.get({ projectId, snapshotId }), api.restores.targets({ projectId, snapshotId })]),
  );
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [snapshot, targets] = loaded.data;
  return (
    <>
      <WizardHead
        title={`Restore ${snapshot.cluster.name} to ${utcShort(snapshot.dataAt ?? snapshot.createdAt)} UTC`}
        step={1}
      >
        Into which cluster? What is in it now is replaced. The next step checks everything and changes nothing.
      </WizardHead>
      <TargetStep view={targets} projectId={projectId} snapshotId={snapshotId} clusterName={snapshot.cluster.name} />
    </>
  );
}

interface Choice {
  projectId: string;
  snapshotId: string;
  targetProjectId: string;
  targetClusterId: string;
}

async function CheckAndConfirm({ choice }: { choice: Choice }) {
  const loaded = await load((api) => api.restores.check(choice));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const { source } = loaded.data;
  return (
    <>
      <WizardHead
        title={`Restore ${source.cluster.name} to ${utcShort(source.dataAt ?? source.createdAt)} UTC`}
        step={2}
      />
      <CheckStep view={loaded.data} />
    </>
  );
}
