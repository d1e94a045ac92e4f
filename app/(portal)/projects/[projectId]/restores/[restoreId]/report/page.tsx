import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { version } from "@/app/lib/version";
import { Refused } from "@/components/errors/Refused";
import { Report } from "@/components/restores/report/Report";

export const metadata: Metadata = { title: "Restore report" };

interface Props {
  params: Promise<{ projectId: string; restoreId: string }>;
}

export default async function ReportPage({ params }: Props) {
  const { projectId, restoreId } = await params;
  const loaded = await load((api) => api.restores.report({ projectId, restoreId }));
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  return <Report report={loaded.data} version={version} />;
}
