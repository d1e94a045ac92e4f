import * as z from "zod/mini";
import type { Actor } from "@/server/access/actor";
import { authorize } from "@/server/domain/activity/authorize";
import { deleteProject } from "@/server/domain/projects/delete-project";
import { ProjectName, type ProjectListItem } from "@/server/domain/projects/schema";
import { createProject, listProjects } from "@/server/domain/projects/service";
import { DomainError } from "@/server/platform/errors/domain-error";
import { getOrgScope, projectIn } from "../authorize";
import { slicePage } from "../paging";
import { presentGroup } from "../present/organizations";
import { defineRoute, type Route } from "../route";

type Group = ProjectListItem & { orgId: string };

/** The projects of all the caller's organizations that it may see. */
async function listGroups(actor: Actor): Promise<Group[]> {
  const lists = actor.orgIds.map(async (orgId) => {
    const projects = await listProjects(actor, await getOrgScope(orgId));
    return projects.map((project) => ({ ...project, orgId }));
  });
  return (await Promise.all(lists)).flat();
}

async function getGroup(actor: Actor, is: (group: Group) => boolean, asked: string): Promise<Group> {
  const group = (await listGroups(actor)).find(is);
  if (!group) throw new DomainError("GROUP_NOT_FOUND", { params: { groupId: asked } });
  return group;
}

export const groupRoutes: Route[] = [
  defineRoute({
    operationId: "listGroups",
    method: "GET",
    path: "/groups",
    versions: ["2023-01-01"],
    permission: "project.list",
    handler: async ({ actor, page, links, list }) => {
      const { items, total } = slicePage(await listGroups(actor), page);
      return list(
        items.map((group) => presentGroup(group, group.orgId, links)),
        total,
      );
    },
  }),
  defineRoute({
    operationId: "createGroup",
    method: "POST",
    path: "/groups",
    versions: ["2023-01-01"],
    permission: "project.create",
    // The key itself becomes the owner; a user can't be named instead.
    query: z.object({ projectOwnerId: z.optional(z.undefined("an owner cannot be named; the key becomes one")) }),
    body: z.object({ name: ProjectName, orgId: z.string() }),
    handler: async ({ actor, body, links }) => {
      const org = await getOrgScope(body.orgId);
      await authorize(actor, "project.create", { org });
      const created = await createProject(actor, org, { orgId: org.id, name: body.name });
      const project = { ...created, createdAt: new Date(), clusterCount: 0 };
      return {
        status: 201,
        content: presentGroup(project, org.id, links),
        headers: { Location: links.href("groups", created.id) },
      };
    },
  }),
  defineRoute({
    operationId: "getGroup",
    method: "GET",
    path: "/groups/{groupId}",
    versions: ["2023-01-01"],
    permission: "project.read",
    handler: async ({ actor, scope, links }) => {
      const { id } = projectIn(scope);
      const group = await getGroup(actor, (candidate) => candidate.id === id, id);
      return { content: presentGroup(group, group.orgId, links) };
    },
  }),
  defineRoute({
    operationId: "getGroupByName",
    method: "GET",
    path: "/groups/byName/{groupName}",
    versions: ["2023-01-01"],
    permission: "project.list",
    handler: async ({ actor, params, links }) => {
      const name = params.groupName ?? "";
      const group = await getGroup(actor, (candidate) => candidate.name === name, name);
      return { content: presentGroup(group, group.orgId, links) };
    },
  }),
  defineRoute({
    operationId: "deleteGroup",
    method: "DELETE",
    path: "/groups/{groupId}",
    versions: ["2023-01-01"],
    permission: "project.delete",
    handler: async ({ actor, scope }) => {
      const project = projectIn(scope);
      await deleteProject(actor, project, { projectId: project.id, typedName: project.name });
      return { status: 202, content: {} };
    },
  }),
];
