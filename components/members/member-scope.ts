import type { Client } from "@/components/trpc/client";
import type { OrgRole, ProjectRole } from "@/server/access/schema";
import type { AddedMember } from "@/server/domain/members/schema";

/** Where somebody is a member; both have the same actions. */
export type MemberScope =
  { kind: "organization"; id: string; name: string } | { kind: "project"; id: string; name: string };

export interface NewMember {
  email: string;
  name?: string;
  roles: string[];
}

export function addMember(client: Client, scope: MemberScope, { email, name, roles }: NewMember): Promise<AddedMember> {
  return scope.kind === "organization"
    ? client.members.addOrg.mutate({ orgId: scope.id, email, name, roles: roles as OrgRole[] })
    : client.members.addProject.mutate({ projectId: scope.id, email, name, roles: roles as ProjectRole[] });
}

export function changeRoles(client: Client, scope: MemberScope, userId: string, roles: string[]): Promise<unknown> {
  return scope.kind === "organization"
    ? client.members.updateOrg.mutate({ orgId: scope.id, userId, roles: roles as OrgRole[] })
    : client.members.updateProject.mutate({ projectId: scope.id, userId, roles: roles as ProjectRole[] });
}

export function removeMember(client: Client, scope: MemberScope, userId: string): Promise<unknown> {
  return scope.kind === "organization"
    ? client.members.removeOrg.mutate({ orgId: scope.id, userId })
    : client.members.removeProject.mutate({ projectId: scope.id, userId });
}
