import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { activityFilter } from "@/components/activity/activity-query";
import { ActivityPage } from "@/components/activity/ActivityPage";
import { Refused } from "@/components/errors/Refused";
import { PageHead } from "@/components/ui/PageHead";
import { singleParams } from "@/components/ui/query-string";

export const metadata: Metadata = { title: "Activity" };

interface Props {
  params: Promise<{ projectId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function ProjectActivityPage({ params, searchParams }: Props) {
  const { projectId } = await params;
  const query = singleParams(await searchParams);
  const filter = activityFilter(query, new Date());
  const loaded = await load((api) => api.activity.listProject({ projectId, filter, cursor: query.cursor }));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const clusters = await load((api) => api.clusters.list({ projectId }));
  return (
    <>
      <PageHead title="Activity">
        Who did what, from where, when. Entries are only ever added, each sealed by the one before it.
      </PageHead>
      <ActivityPage page={loaded.data} params={query} clusters={clusters.ok ? clusters.data : undefined} />
    </>
  );
}
