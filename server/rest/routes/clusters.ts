import * as z from "zod/mini";
import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { connectCluster } from "@/server/domain/clusters/connect-cluster";
import { createEmbeddedCluster } from "@/server/domain/clusters/create-cluster";
import { deleteCluster } from "@/server/domain/clusters/delete-cluster";
import { getClusterDetail } from "@/server/domain/clusters/get-cluster";
import { listClusters, listOrgClusters } from "@/server/domain/clusters/list-clusters";
import type { ClusterDetail, ClusterView } from "@/server/domain/clusters/schema";
import { listVisibleProjects } from "@/server/domain/projects/find-project";
import { projectIn, orgIn } from "../authorize";
import { clusterBodySchema, readClusterBody } from "../cluster-body";
import { getClusterOfKind } from "../find-cluster";
import { slicePage, type PageRequest } from "../paging";
import { presentCloudCluster, presentCluster, presentFlexCluster } from "../present/clusters";
import { defineRoute, type Route } from "../route";

/** Clusters are polled until they are ready. */
const READS_PER_MINUTE = 10_000;

/** All clusters of an organization at once. */
const CLUSTERS_MAX = 100_000;

/** A page of the clusters of one kind that are alive or just being deleted. */
async function readPage(
  actor: Actor,
  project: ProjectScope,
  isWanted: (view: ClusterView) => boolean,
  page: PageRequest,
): Promise<{ items: ClusterDetail[]; total: number }> {
  const views = await listClusters(actor, project);
  const { items, total } = slicePage(
    views.filter((view) => view.state !== "DELETED" && isWanted(view)),
    page,
  );
  return { items: await Promise.all(items.map((view) => getClusterDetail(actor, project, view.id))), total };
}

export const clusterRoutes: Route[] = [
  defineRoute({
    operationId: "listGroupClusters",
    method: "GET",
    path: "/groups/{groupId}/clusters",
    versions: ["2023-01-01", "2023-02-01", "2024-08-05"],
    permission: "cluster.read",
    callsPerMinute: READS_PER_MINUTE,
    handler: async ({ actor, scope, page, version, links, list }) => {
      const { items, total } = await readPage(actor, projectIn(scope), (view) => view.tier !== "FLEX", page);
      return list(
        items.map((cluster) => presentCluster(cluster, version, links)),
        total,
      );
    },
  }),
  defineRoute({
    operationId: "createGroupCluster",
    method: "POST",
    path: "/groups/{groupId}/clusters",
    versions: ["2023-01-01", "2023-02-01", "2024-08-05", "2024-10-23"],
    permission: "cluster.create",
    body: clusterBodySchema,
    handler: async ({ actor, scope, body, version, links }) => {
      const project = projectIn(scope);
      const input = readClusterBody(project.id, body);
      const cluster =
        "connectionString" in input
          ? await connectCluster(actor, project, input)
          : await createEmbeddedCluster(actor, project, input);
      return {
        status: 201,
        content: presentCluster(await getClusterDetail(actor, project, cluster.id), version, links),
        headers: { Location: links.href("groups", project.id, "clusters", cluster.name) },
      };
    },
  }),
  defineRoute({
    operationId: "getGroupCluster",
    method: "GET",
    path: "/groups/{groupId}/clusters/{clusterName}",
    versions: ["2023-01-01", "2023-02-01", "2024-08-05"],
    permission: "cluster.read",
    callsPerMinute: READS_PER_MINUTE,
    handler: async ({ actor, scope, params, version, links }) => {
      const project = projectIn(scope);
      const { id } = await getClusterOfKind(project, params.clusterName!, "cluster");
      return { content: presentCluster(await getClusterDetail(actor, project, id), version, links) };
    },
  }),
  defineRoute({
    operationId: "deleteGroupCluster",
    method: "DELETE",
    path: "/groups/{groupId}/clusters/{clusterName}",
    versions: ["2023-01-01", "2023-02-01"],
    permission: "cluster.delete",
    query: z.object({ retainBackups: z.optional(z.enum(["true", "false"])) }),
    handler: async ({ actor, scope, params, query }) => {
      const project = projectIn(scope);
      const { id, name } = await getClusterOfKind(project, params.clusterName!, "cluster");
      const retainSnapshots = query.retainBackups === "true";
      await deleteCluster(actor, project, { projectId: project.id, clusterId: id, typedName: name, retainSnapshots });
      return { status: 202, content: {} };
    },
  }),
  defineRoute({
    operationId: "listClusterDetails",
    method: "GET",
    path: "/clusters",
    versions: ["2023-01-01"],
    permission: "org.clusters.read",
    handler: async ({ actor, scope, page, list }) => {
      const org = orgIn(scope);
      const { items: projects, total } = slicePage(await listVisibleProjects(actor, org), page);
      const all = await listOrgClusters(actor, org, { orgId: org.id, filter: {}, sort: "name", limit: CLUSTERS_MAX });
      const living = all.items.filter((view) => view.deletedAt === null);
      const groups = projects.map((project) => ({
        clusters: living.filter((view) => view.project.id === project.id).map(presentCloudCluster),
        groupId: project.id,
        groupName: project.name,
        orgId: org.id,
        orgName: org.name,
        planType: "Atlas",
        tags: [],
      }));
      return list(groups, total);
    },
  }),
  defineRoute({
    operationId: "listGroupFlexClusters",
    method: "GET",
    path: "/groups/{groupId}/flexClusters",
    versions: ["2024-11-13"],
    permission: "cluster.read",
    callsPerMinute: READS_PER_MINUTE,
    handler: async ({ actor, scope, page, links, list }) => {
      const { items, total } = await readPage(actor, projectIn(scope), (view) => view.tier === "FLEX", page);
      return list(
        items.map((cluster) => presentFlexCluster(cluster, links)),
        total,
      );
    },
  }),
  defineRoute({
    operationId: "getGroupFlexCluster",
    method: "GET",
    path: "/groups/{groupId}/flexClusters/{name}",
    versions: ["2024-11-13"],
    permission: "cluster.read",
    callsPerMinute: READS_PER_MINUTE,
    handler: async ({ actor, scope, params, links }) => {
      const project = projectIn(scope);
      const { id } = await getClusterOfKind(project, params.name!, "flex");
      return { content: presentFlexCluster(await getClusterDetail(actor, project, id), links) };
    },
  }),
];
