import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { reasonOf } from "@/components/access/reason";
import { ClusterTable } from "@/components/clusters/ClusterTable";
import { Refused } from "@/components/errors/Refused";
import { clusterPath, projectPath } from "@/components/format/addresses";
import { plural } from "@/components/format/numbers";
import { LiveRefresh } from "@/components/runs/LiveRefresh";
import { Button, LinkButton } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { PageHead } from "@/components/ui/PageHead";
import type { ProjectView } from "@/server/domain/projects/schema";

export const metadata: Metadata = { title: "Clusters" };

export default async function ClustersPage({ params }: { params: Promise<{ projectId: string }> }) {
  const { projectId } = await params;
  const loaded = await load((api) => Promise.all([api.projects.get({ projectId }), api.clusters.list({ projectId })]));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [project, clusters] = loaded.data;
  return (
    <>
      <LiveRefresh projectId={projectId} />
      <PageHead title="Clusters" actions={<AddCluster project={project} />}>
        {plural(clusters.length, "cluster")} in {project.name}.
      </PageHead>
      {clusters.length === 0 ? (
        <EmptyState icon="database" title="No cluster yet">
          Connect a MongoDB that already runs, or start one inside Holdfast.
        </EmptyState>
      ) : (
        <ClusterTable clusters={clusters} href={(cluster) => clusterPath(projectId, cluster.name)} />
      )}
    </>
  );
}

function AddCluster({ project }: { project: ProjectView }) {
  const reason = reasonOf(project.can.createCluster);
  if (reason) {
    return (
      <Button icon="plus" disabledReason={reason}>
        Add cluster
      </Button>
    );
  }
  return (
    <LinkButton kind="primary" icon="plus" href={projectPath(project.id, "clusters/new")}>
      Add cluster
    </LinkButton>
  );
}
