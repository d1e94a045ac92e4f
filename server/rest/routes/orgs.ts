import * as z from "zod/mini";
import { getOrganization, listOrganizations } from "@/server/domain/organizations/service";
import { listProjects } from "@/server/domain/projects/service";
import { orgIn } from "../authorize";
import { slicePage } from "../paging";
import { presentGroup, presentOrganization } from "../present/organizations";
import { defineRoute, type Route } from "../route";

const ByName = z.object({ name: z.optional(z.string()) });

/** The filter `name`: a beginning, in whatever case. */
function beginsWith(name: string, filter: string | undefined): boolean {
  return name.toLowerCase().startsWith((filter ?? "").toLowerCase());
}

export const orgRoutes: Route[] = [
  defineRoute({
    operationId: "listOrgs",
    method: "GET",
    path: "/orgs",
    versions: ["2023-01-01"],
    permission: "org.read",
    query: ByName,
    handler: async ({ actor, query, page, links, list }) => {
      const found = (await listOrganizations(actor)).filter((org) => beginsWith(org.name, query.name));
      const { items, total } = slicePage(found, page);
      return list(
        items.map((org) => presentOrganization(org, links)),
        total,
      );
    },
  }),
  defineRoute({
    operationId: "getOrg",
    method: "GET",
    path: "/orgs/{orgId}",
    versions: ["2023-01-01"],
    permission: "org.read",
    handler: async ({ actor, scope, links }) => ({
      content: presentOrganization(await getOrganization(actor, orgIn(scope)), links),
    }),
  }),
  defineRoute({
    operationId: "getOrgGroups",
    method: "GET",
    path: "/orgs/{orgId}/groups",
    versions: ["2023-01-01"],
    permission: "project.list",
    query: ByName,
    handler: async ({ actor, scope, query, page, links, list }) => {
      const org = orgIn(scope);
      const found = (await listProjects(actor, org)).filter((project) => beginsWith(project.name, query.name));
      const { items, total } = slicePage(found, page);
      return list(
        items.map((project) => presentGroup(project, org.id, links)),
        total,
      );
    },
  }),
];
