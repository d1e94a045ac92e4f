import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { Refused } from "@/components/errors/Refused";
import { AssignmentSection } from "@/components/storage/AssignmentSection";
import { LastTest } from "@/components/storage/LastTest";
import { TargetClusters } from "@/components/storage/TargetClusters";
import { TargetFacts } from "@/components/storage/TargetFacts";
import { TargetMenu } from "@/components/storage/TargetMenu";
import { TargetRepositories } from "@/components/storage/TargetRepositories";
import { TestSection } from "@/components/storage/TestSection";
import { PageHead } from "@/components/ui/PageHead";
import { Section } from "@/components/ui/Section";
import { Tag } from "@/components/ui/Tag";

export const metadata: Metadata = { title: "Storage target" };

export default async function TargetPage({ params }: { params: Promise<{ orgId: string; targetId: string }> }) {
  const { orgId, targetId } = await params;
  const loaded = await load((api) => api.storage.get({ orgId, targetId }));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const target = loaded.data;
  return (
    <>
      <PageHead
        title={target.name}
        badge={target.isDefault ? <Tag>Default</Tag> : null}
        actions={<TargetMenu target={target} orgId={orgId} words />}
      >
        <span className="m wrap">{target.place}</span>
      </PageHead>
      <TargetFacts target={target} />
      <div className="cols">
        <AssignmentSection target={target} orgId={orgId} />
        <TestSection targetId={targetId} orgId={orgId} can={target.can.test}>
          <LastTest test={target.lastTest} />
        </TestSection>
      </div>
      <Section id="clusters" title="Whose snapshots lie here" count={target.usage.clusters}>
        <TargetClusters target={target} />
      </Section>
      {target.repositories.length > 0 ? (
        <Section id="repositories" title="Repositories" count={target.repositories.length}>
          <TargetRepositories target={target} orgId={orgId} />
        </Section>
      ) : null}
    </>
  );
}
