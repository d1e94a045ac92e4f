import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { reasonOf } from "@/components/access/reason";
import { CreateCluster } from "@/components/clusters/CreateCluster";
import { Refused } from "@/components/errors/Refused";
import { EmptyState } from "@/components/ui/EmptyState";
import { PageHead } from "@/components/ui/PageHead";

export const metadata: Metadata = { title: "Create a cluster" };

export default async function NewClusterPage({ params }: { params: Promise<{ projectId: string }> }) {
  const { projectId } = await params;
  const loaded = await load((api) => api.projects.get({ projectId }));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const reason = reasonOf(loaded.data.can.createCluster);
  if (reason) {
    return (
      <EmptyState icon="lock" level={1} title={`You cannot create clusters in ${loaded.data.name}`}>
        {reason}
      </EmptyState>
    );
  }
  return (
    <>
      <PageHead title="Create a cluster">
        In {loaded.data.name}. Its backups, restores and members are those of the project.
      </PageHead>
      <CreateCluster projectId={projectId} />
    </>
  );
}
