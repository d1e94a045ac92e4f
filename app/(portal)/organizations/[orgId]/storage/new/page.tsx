import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { reasonOf } from "@/components/access/reason";
import { Refused } from "@/components/errors/Refused";
import { TargetForm } from "@/components/storage/TargetForm";
import { EmptyState } from "@/components/ui/EmptyState";
import { PageHead } from "@/components/ui/PageHead";

export const metadata: Metadata = { title: "Add storage target" };

export default async function NewTargetPage({ params }: { params: Promise<{ orgId: string }> }) {
  const { orgId } = await params;
  const loaded = await load(async (api) => {
    const { can } = await api.storage.list({ orgId });
    return { can, form: can.add.allowed ? await api.storage.describeNew({ orgId }) : null };
  });
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const { can, form } = loaded.data;
  if (!form) {
    return (
      <EmptyState icon="lock" level={1} title="You cannot add storage targets">
        {reasonOf(can.add)}
      </EmptyState>
    );
  }
  return (
    <>
      <PageHead title="Add storage target">
        For snapshots of {form.organization.name}. They are encrypted before they leave Holdfast; the storage sees none
        of your data.
      </PageHead>
      <TargetForm orgId={orgId} folders={form.folders} />
    </>
  );
}
