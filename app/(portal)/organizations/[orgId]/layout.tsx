import type { ReactNode } from "react";
import { loadFrame } from "@/app/lib/frame";
import { Frame } from "@/components/frame/Frame";

export default async function OrganizationLayout({
  children,
  params,
}: {
  children: ReactNode;
  params: Promise<{ orgId: string }>;
}) {
  const { orgId } = await params;
  return <Frame frame={await loadFrame({ orgId })}>{children}</Frame>;
}
