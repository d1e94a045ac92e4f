import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { Refused } from "@/components/errors/Refused";
import { plural } from "@/components/format/numbers";
import { AddMember } from "@/components/members/AddMember";
import { LookNotChange } from "@/components/members/LookNotChange";
import { MemberTable } from "@/components/members/MemberTable";
import { PageHead } from "@/components/ui/PageHead";
import { Section } from "@/components/ui/Section";

export const metadata: Metadata = { title: "Members" };

export default async function OrganizationMembersPage({ params }: { params: Promise<{ orgId: string }> }) {
  const { orgId } = await params;
  const loaded = await load((api) => Promise.all([api.organizations.get({ orgId }), api.members.listOrg({ orgId })]));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [organization, view] = loaded.data;
  const scope = { kind: "organization", id: orgId, name: organization.name } as const;
  return (
    <>
      <PageHead title="Members" actions={<AddMember scope={scope} roles={view.assignableRoles} can={view.can.add} />}>
        {plural(view.members.length, "person belongs", "people belong")} to {organization.name}. An Organization Owner
        has no backup rights in a project before adding themselves to it.
      </PageHead>
      <LookNotChange can={view.can.add} where={organization.name} />
      <Section id="people" title="People" count={view.members.length}>
        <MemberTable members={view.members} scope={scope} roles={view.assignableRoles} />
      </Section>
    </>
  );
}
