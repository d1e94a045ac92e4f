import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { reasonOf } from "@/components/access/reason";
import { Refused } from "@/components/errors/Refused";
import { newRestorePath, projectPath } from "@/components/format/addresses";
import { isOutside, ProjectRefused } from "@/components/projects/ProjectRefused";
import { ClusterRestores } from "@/components/restores/ClusterRestores";
import { LiveRefresh } from "@/components/runs/LiveRefresh";
import { ProjectSnapshots } from "@/components/snapshots/ProjectSnapshots";
import { snapshotFilter } from "@/components/snapshots/snapshot-query";
import { TakeSnapshot } from "@/components/snapshots/TakeSnapshot";
import { Button, LinkButton } from "@/components/ui/Button";
import { PageHead } from "@/components/ui/PageHead";
import { singleParams, type Params } from "@/components/ui/query-string";
import { Tabs } from "@/components/ui/Tabs";
import type { ProjectView } from "@/server/domain/projects/schema";

export const metadata: Metadata = { title: "Backup" };

interface Props {
  params: Promise<{ projectId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** All clusters' snapshots and restores of a project. */
export default async function BackupPage({ params, searchParams }: Props) {
  const { projectId } = await params;
  const query = singleParams(await searchParams);
  const loaded = await load((api) => api.projects.get({ projectId }));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const project = loaded.data;
  if (isOutside(project)) return <ProjectRefused project={project} />;
  const onRestores = query.tab === "restores" && project.can.readRestores.allowed;
  const base = projectPath(projectId, "backup");
  return (
    <>
      <LiveRefresh projectId={projectId} />
      <PageHead title="Backup" actions={<Actions project={project} />}>
        Every snapshot and restore of {project.name}.
      </PageHead>
      <section className="sec">
        <Tabs
          label="Backups of this project"
          tabs={[
            { label: "Snapshots", href: base, current: !onRestores },
            ...(project.can.readRestores.allowed
              ? [{ label: "Restores", href: `${base}?tab=restores`, current: onRestores }]
              : []),
          ]}
        />
        {onRestores ? (
          <Restores projectId={projectId} query={query} />
        ) : (
          <Snapshots projectId={projectId} query={query} />
        )}
      </section>
    </>
  );
}

async function Actions({ project }: { project: ProjectView }) {
  const clusters = await load((api) => api.clusters.list({ projectId: project.id }));
  const reason = reasonOf(project.can.restore);
  return (
    <>
      {clusters.ok ? (
        <TakeSnapshot
          projectId={project.id}
          can={project.can.takeSnapshot}
          clusters={clusters.data.map(({ id, name, can }) => ({ id, name, can: can.takeSnapshot }))}
        />
      ) : null}
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

async function Snapshots({ projectId, query }: { projectId: string; query: Params }) {
  const loaded = await load((api) =>
    Promise.all([
      api.snapshots.list({
        projectId,
        clusterId: query.clusterId,
        filter: snapshotFilter(query, new Date()),
        cursor: query.cursor,
      }),
      api.clusters.list({ projectId }),
    ]),
  );
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [page, clusters] = loaded.data;
  return <ProjectSnapshots page={page} clusters={clusters} params={query} />;
}

async function Restores({ projectId, query }: { projectId: string; query: Params }) {
  const loaded = await load((api) => api.restores.list({ projectId, cursor: query.cursor }));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  return <ClusterRestores page={loaded.data} projectId={projectId} params={query} />;
}
