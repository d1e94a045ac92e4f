import type { ReactNode } from "react";
import { loadFrame } from "@/app/lib/frame";
import { Frame } from "@/components/frame/Frame";

export default async function ProjectLayout({
  children,
  params,
}: {
  children: ReactNode;
  params: Promise<{ projectId: string }>;
}) {
  const { projectId } = await params;
  return <Frame frame={await loadFrame({ projectId })}>{children}</Frame>;
}
