import { redirect } from "next/navigation";
import { projectPath } from "@/components/format/addresses";

export default async function ProjectHome({ params }: { params: Promise<{ projectId: string }> }) {
  redirect(projectPath((await params).projectId));
}
