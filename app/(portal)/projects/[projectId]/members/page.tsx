import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { Refused } from "@/components/errors/Refused";
import { plural } from "@/components/format/numbers";
import { AddMember } from "@/components/members/AddMember";
import { BackupMatrix } from "@/components/members/BackupMatrix";
import { LookNotChange } from "@/components/members/LookNotChange";
import { MemberTable } from "@/components/members/MemberTable";
import { WhoCanRestore } from "@/components/members/WhoCanRestore";
import { JoinProject } from "@/components/projects/JoinProject";
import { PageHead } from "@/components/ui/PageHead";
import { Section } from "@/components/ui/Section";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage({ params }: { params: Promise<{ projectId: string }> }) {
  const { projectId } = await params;
  const loaded = await load((api) =>
    Promise.all([api.projects.get({ projectId }), api.members.listProject({ projectId })]),
  );
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [project, view] = loaded.data;
  const scope = { kind: "project", id: projectId, name: project.name } as const;
  return (
    <>
      <PageHead
        title="Members"
        actions={
          <>
            {!project.isMember && project.can.join.allowed ? <JoinProject project={project} /> : null}
            <AddMember scope={scope} roles={view.assignableRoles} can={view.can.add} />
          </>
        }
      >
        {plural(view.members.length, "person has", "people have")} access to {project.name}. Roles add up; nothing is
        taken away by another role.
      </PageHead>
      <LookNotChange can={view.can.add} where={project.name} />
      <WhoCanRestore view={view} />
      <Section id="people" title="People" count={view.members.length}>
        <MemberTable members={view.members} scope={scope} roles={view.assignableRoles} />
      </Section>
      <BackupMatrix matrix={view.backupMatrix} />
    </>
  );
}
