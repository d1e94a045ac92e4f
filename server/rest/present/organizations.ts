import type { Actor } from "@/server/access/actor";
import type { OrganizationView } from "@/server/domain/organizations/schema";
import type { ProjectListItem } from "@/server/domain/projects/schema";
import type { Links } from "../links";
import { isoSeconds } from "./time";

export function presentOrganization(org: Pick<OrganizationView, "id" | "name">, links: Links): object {
  return { id: org.id, isDeleted: false, links: [links.self("orgs", org.id)], name: org.name };
}

/** What the Admin API calls a group. */
export function presentGroup(
  project: Pick<ProjectListItem, "id" | "name" | "createdAt" | "clusterCount">,
  orgId: string,
  links: Links,
): object {
  return {
    clusterCount: project.clusterCount ?? 0,
    created: isoSeconds(project.createdAt),
    id: project.id,
    links: [links.self("groups", project.id)],
    name: project.name,
    orgId,
    tags: [],
  };
}

/** The calling key, with its roles; its private half is nowhere. */
export function presentCallingKey(actor: Actor): object {
  const orgRoles = actor.orgIds.flatMap((orgId) => actor.orgRoles(orgId).map((roleName) => ({ orgId, roleName })));
  const projectRoles = actor.projectIds.flatMap((groupId) =>
    actor.projectRoles(groupId).map((roleName) => ({ groupId, roleName })),
  );
  return { accessList: [], id: actor.id, publicKey: actor.name, roles: [...orgRoles, ...projectRoles] };
}
