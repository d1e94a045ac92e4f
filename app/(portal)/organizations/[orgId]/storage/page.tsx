import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { reasonOf } from "@/components/access/reason";
import { Refused } from "@/components/errors/Refused";
import { newTargetPath } from "@/components/format/addresses";
import { TargetTable } from "@/components/storage/TargetTable";
import { Button, LinkButton } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";
import { PageHead } from "@/components/ui/PageHead";
import { Section } from "@/components/ui/Section";

export const metadata: Metadata = { title: "Storage" };

export default async function StoragePage({ params }: { params: Promise<{ orgId: string }> }) {
  const { orgId } = await params;
  const loaded = await load((api) => Promise.all([api.organizations.get({ orgId }), api.storage.list({ orgId })]));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const [organization, { targets, can }] = loaded.data;
  const reason = reasonOf(can.add);
  const isAlone = targets.every((target) => target.kind === "INSTALLATION");
  return (
    <>
      <PageHead
        title="Storage"
        actions={
          reason ? (
            <Button icon="plus" disabledReason={reason}>
              Add storage target
            </Button>
          ) : (
            <LinkButton icon="plus" href={newTargetPath(orgId)}>
              Add storage target
            </LinkButton>
          )
        }
      >
        Where snapshots of {organization.name} are stored, always encrypted. A new one goes to the target that is
        assigned to its cluster&apos;s provider and region, else to the default.
      </PageHead>
      {isAlone ? (
        <Notice tone="warn">
          <b>Snapshots lie on the disk that Holdfast runs from.</b> When that machine is lost, so are they. Add a target
          somewhere else and make it the default.
        </Notice>
      ) : null}
      <Section id="targets" title="Targets" count={targets.length}>
        <TargetTable targets={targets} orgId={orgId} />
      </Section>
    </>
  );
}
