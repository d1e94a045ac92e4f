import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { Refused } from "@/components/errors/Refused";
import { plural } from "@/components/format/numbers";
import { CreateProject } from "@/components/projects/CreateProject";
import { ProjectTable } from "@/components/projects/ProjectTable";
import { EmptyState } from "@/components/ui/EmptyState";
import { PageHead } from "@/components/ui/PageHead";

export const metadata: Metadata = { title: "Projects" };

export default async function OrganizationProjectsPage({ params }: { params: Promise<{ orgId: string }> }) {
  const { orgId } = await params;
  const loaded = await load((api) => Promise.all([api.organizations.get({ orgId }), api.projects.list({ orgId })]));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [organization, projects] = loaded.data;
  return (
    <>
      <PageHead
        title="Projects"
        actions={<CreateProject organizationId={orgId} can={organization.can.createProject} />}
      >
        {plural(projects.length, "project")} of {organization.name} that you can see.
      </PageHead>
      {projects.length === 0 ? (
        <EmptyState icon="folder" title="No project yet">
          A project holds clusters, their snapshots, and the people who may work with them. Create one, or ask to be
          added to one.
        </EmptyState>
      ) : (
        <ProjectTable projects={projects} />
      )}
    </>
  );
}
