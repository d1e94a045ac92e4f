import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { clusterQuery } from "@/components/clusters/cluster-query";
import { ClusterFilters } from "@/components/clusters/ClusterFilters";
import { OrgClusterTable } from "@/components/clusters/OrgClusterTable";
import { Refused } from "@/components/errors/Refused";
import { listWords, plural } from "@/components/format/numbers";
import { EmptyState } from "@/components/ui/EmptyState";
import { PageHead } from "@/components/ui/PageHead";
import { Pager } from "@/components/ui/Pager";
import { singleParams, withParams } from "@/components/ui/query-string";

export const metadata: Metadata = { title: "All Clusters" };

interface Props {
  params: Promise<{ orgId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function AllClustersPage({ params, searchParams }: Props) {
  const { orgId } = await params;
  const query = singleParams(await searchParams);
  const loaded = await load((api) =>
    Promise.all([api.clusters.listOrg({ orgId, ...clusterQuery(query) }), api.projects.list({ orgId })]),
  );
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [view, projects] = loaded.data;
  const hidden = view.hiddenProjects.map((project) => project.name);
  return (
    <>
      <PageHead title="All Clusters">
        {plural(view.total, "cluster")} in {plural(view.projectCount, "project")}. {needsWords(view.needsYou)}
      </PageHead>
      <section className="sec">
        <ClusterFilters projects={projects} versions={view.versions} />
        {view.items.length === 0 ? (
          <EmptyState icon="layout-grid" title="No cluster">
            No cluster matches, or none is visible to you. Choose a project to add one.
          </EmptyState>
        ) : (
          <div className="panel scroll">
            <OrgClusterTable clusters={view.items} />
            <Pager
              previous={query.cursor ? withParams(query, {}) : null}
              next={view.nextCursor ? withParams(query, { cursor: view.nextCursor }) : null}
              words={["First", "Next"]}
            >
              {view.items.length} of {view.total}. Free clusters (M0) have no backups.
            </Pager>
          </div>
        )}
        {hidden.length > 0 ? (
          <p className="s12 t2">
            You may not see the clusters of {listWords(hidden)}. An Organization Owner can add themselves to a project
            on its page.
          </p>
        ) : null}
      </section>
    </>
  );
}

function needsWords(count: number): string {
  if (count === 0) return "None of them needs you.";
  return count === 1 ? "One of them needs you." : `${count} of them need you.`;
}
