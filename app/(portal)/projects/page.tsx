import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { loadFrame, loadMe } from "@/app/lib/frame";
import { load } from "@/app/lib/load";
import { Refused } from "@/components/errors/Refused";
import { Frame } from "@/components/frame/Frame";
import { ProjectTable } from "@/components/projects/ProjectTable";
import { EmptyState } from "@/components/ui/EmptyState";
import { PageHead } from "@/components/ui/PageHead";
import { Section } from "@/components/ui/Section";

export const metadata: Metadata = { title: "Projects" };

/** Where one arrives after signing in: the one organization's projects, or all organizations with theirs. */
export default async function ProjectsPage() {
  const me = await loadMe();
  const only = me.organizations.length === 1 ? me.organizations[0] : undefined;
  if (only) redirect(`/organizations/${only.id}/projects`);
  const lists = await Promise.all(
    me.organizations.map(async ({ id, name }) => ({
      id,
      name,
      list: await load((api) => api.projects.list({ orgId: id })),
    })),
  );
  return (
    <Frame frame={await loadFrame()}>
      <PageHead title="Projects">Choose a project; each has its own clusters, snapshots and members.</PageHead>
      {lists.length === 0 ? (
        <EmptyState icon="folder" title="You belong to no organization yet">
          An Organization Owner can add you with this address: {me.email}.
        </EmptyState>
      ) : null}
      {lists.map(({ id, name, list }) => (
        <Section key={id} id={`organization-${id}`} title={name}>
          {list.ok ? <ProjectTable projects={list.data} /> : <Refused problem={list.problem} />}
        </Section>
      ))}
    </Frame>
  );
}
