import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { activityFilter } from "@/components/activity/activity-query";
import { ActivityPage } from "@/components/activity/ActivityPage";
import { Refused } from "@/components/errors/Refused";
import { PageHead } from "@/components/ui/PageHead";
import { singleParams } from "@/components/ui/query-string";

export const metadata: Metadata = { title: "Activity" };

interface Props {
  params: Promise<{ orgId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function OrganizationActivityPage({ params, searchParams }: Props) {
  const { orgId } = await params;
  const query = singleParams(await searchParams);
  const filter = activityFilter(query, new Date());
  const loaded = await load((api) => api.activity.listOrg({ orgId, filter, cursor: query.cursor }));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  return (
    <>
      <PageHead title="Activity">
        Who did what in the organization and in its projects. Entries are only ever added.
      </PageHead>
      <ActivityPage page={loaded.data} params={query} showProject />
    </>
  );
}
