import "server-only";
import { notFound } from "next/navigation";
import { cache } from "react";
import type { FrameData } from "@/components/frame/frame-data";
import type { Me } from "@/server/domain/account/schema";
import { load } from "./load";
import { version } from "./version";

/** Who is signed in; asked once for a page, however many parts of it need to know. */
export const loadMe = cache(async (): Promise<Me> => {
  const me = await load((api) => api.account.me());
  if (!me.ok) notFound();
  return me.data;
});

const loadRunning = cache(() => load((api) => api.runs.running()));

/** What stands around a page of a project, of an organization, or of neither. */
export async function loadFrame(scope: { projectId?: string; orgId?: string } = {}): Promise<FrameData> {
  const [me, running] = await Promise.all([loadMe(), loadRunning()]);
  const organization = me.organizations.find(({ id, projects }) =>
    scope.projectId ? projects.some((project) => project.id === scope.projectId) : id === scope.orgId,
  );
  const project = organization?.projects.find(({ id }) => id === scope.projectId);
  if ((scope.projectId && !project) || (scope.orgId && !organization)) notFound();
  return {
    account: { name: me.name, email: me.email, mustChangePassword: me.mustChangePassword },
    organizations: me.organizations,
    organization: organization ?? me.organizations[0] ?? null,
    project: project ?? null,
    running: running.ok ? running.data.runs : [],
    installation: { version, workersAlive: running.ok ? running.data.workers.alive : 0 },
  };
}
