import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { Refused } from "@/components/errors/Refused";
import { RecoveryKit } from "@/components/storage/RecoveryKit";

export const metadata: Metadata = { title: "Recovery kit" };

interface Props {
  params: Promise<{ orgId: string; repositoryId: string }>;
}

export default async function RecoveryKitPage({ params }: Props) {
  const { orgId, repositoryId } = await params;
  const loaded = await load((api) => api.storage.recoveryKit({ orgId, repositoryId }));
  return loaded.ok ? <RecoveryKit kit={loaded.data} /> : <Refused problem={loaded.problem} />;
}
