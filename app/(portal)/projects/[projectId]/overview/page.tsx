import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { reasonOf } from "@/components/access/reason";
import { ClusterNames } from "@/components/clusters/ClusterNames";
import { ClusterTable } from "@/components/clusters/ClusterTable";
import { Refused } from "@/components/errors/Refused";
import { newRestorePath, projectPath } from "@/components/format/addresses";
import { plural } from "@/components/format/numbers";
import { NeedsYouList } from "@/components/projects/NeedsYouList";
import { OverviewFacts } from "@/components/projects/OverviewFacts";
import { isOutside, ProjectRefused } from "@/components/projects/ProjectRefused";
import { StoredChart } from "@/components/projects/StoredChart";
import { verdictSentence } from "@/components/projects/verdict";
import { LiveRefresh } from "@/components/runs/LiveRefresh";
import { RunningList } from "@/components/runs/RunningList";
import { TakeSnapshot } from "@/components/snapshots/TakeSnapshot";
import { Button, LinkButton } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { PageHead } from "@/components/ui/PageHead";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { Section } from "@/components/ui/Section";
import type { ProjectOverview, ProjectView } from "@/server/domain/projects/schema";

export const metadata: Metadata = { title: "Overview" };

export default async function OverviewPage({ params }: { params: Promise<{ projectId: string }> }) {
  const { projectId } = await params;
  const project = await load((api) => api.projects.get({ projectId }));
  if (!project.ok) return <Refused problem={project.problem} />;
  if (isOutside(project.data)) return <Outside project={project.data} />;
  const loaded = await load((api) => api.projects.overview({ projectId }));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  return <Overview overview={loaded.data} />;
}

/** For an Organization Owner without a project role: the clusters, and the way in; nothing about backups. */
async function Outside({ project }: { project: ProjectView }) {
  const clusters = project.can.readClusters.allowed
    ? await load((api) => api.clusters.list({ projectId: project.id }))
    : null;
  return (
    <>
      <ProjectRefused project={project} />
      {clusters?.ok && clusters.data.length > 0 ? <ClusterNames clusters={clusters.data} /> : null}
    </>
  );
}

function Overview({ overview }: { overview: ProjectOverview }) {
  const { project, clusters, needsYou, running } = overview;
  if (clusters.length === 0) return <FirstRun overview={overview} />;
  return (
    <>
      <LiveRefresh projectId={project.id} />
      <PageHead title={verdictSentence(overview.verdict)} actions={<Actions overview={overview} />}>
        {project.name}, {plural(clusters.length, "cluster")}. Looked at <RelativeTime at={overview.lookedAt} />.
      </PageHead>
      <OverviewFacts overview={overview} />
      {needsYou.length > 0 ? (
        <Section id="needs" title="Needs you">
          <NeedsYouList needs={needsYou} projectId={project.id} />
        </Section>
      ) : null}
      <Section id="clusters" title="Clusters" count={clusters.length}>
        <ClusterTable clusters={clusters} />
      </Section>
      <div className="cols">
        <Section id="running" title="Running now" count={running.length}>
          {running.length > 0 ? (
            <RunningList runs={running} />
          ) : (
            <p className="panel panel-b t3">Nothing runs. Snapshots and restores that run show here.</p>
          )}
        </Section>
        <StoredChart history={overview.storedHistory} />
      </div>
    </>
  );
}

function Actions({ overview }: { overview: ProjectOverview }) {
  const { project, can } = overview;
  const reason = reasonOf(can.restore);
  return (
    <>
      <TakeSnapshot
        projectId={project.id}
        can={can.takeSnapshot}
        clusters={overview.clusters.map(({ id, name, can: mine }) => ({ id, name, can: mine.takeSnapshot }))}
      />
      {reason ? (
        <Button icon="history" disabledReason={reason}>
          Restore
        </Button>
      ) : (
        <LinkButton icon="history" href={newRestorePath(project.id)}>
          Restore
        </LinkButton>
      )}
    </>
  );
}

function FirstRun({ overview: { project, can } }: { overview: ProjectOverview }) {
  const reason = reasonOf(can.createCluster);
  return (
    <>
      <PageHead title={project.name}>Nothing is backed up here yet.</PageHead>
      <EmptyState
        icon="database"
        title="Add your first cluster"
        actions={
          reason ? (
            <Button disabledReason={reason}>Add cluster</Button>
          ) : (
            <LinkButton kind="primary" href={projectPath(project.id, "clusters/new")}>
              Add cluster
            </LinkButton>
          )
        }
      >
        Connect a MongoDB that already runs, or start one inside Holdfast. Holdfast looks at version, topology and
        privileges, and changes nothing.
      </EmptyState>
    </>
  );
}
