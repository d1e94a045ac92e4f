import * as z from "zod/mini";
import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { deleteSnapshot } from "@/server/domain/snapshots/change-snapshot";
import { getSnapshot } from "@/server/domain/snapshots/get-snapshot";
import { listSnapshots } from "@/server/domain/snapshots/list-snapshots";
import { RetentionDays } from "@/server/domain/snapshots/schema";
import { takeSnapshot } from "@/server/domain/snapshots/take-snapshot";
import type { ClusterModel } from "@/server/platform/db";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { AtlasError } from "../atlas-error";
import { projectIn } from "../authorize";
import { getBackedUpClusterOfKind, getClusterOfKind } from "../find-cluster";
import { getSnapshotOf } from "../find-snapshot";
import { offsetOf, type PageRequest } from "../paging";
import { presentFlexSnapshot, presentSnapshot } from "../present/snapshots";
import { defineRoute, type Route } from "../route";

const RETENTION_DAYS_DEFAULT = 7;

const OnDemandRequest = z.object({
  description: z.optional(z.string().check(z.maxLength(500))),
  retentionInDays: z.optional(z.number()),
});

/** A moment narrows the list to what serves it. */
const ListQuery = z.object({
  pointInTimeUtcSeconds: z.optional(z.string().check(z.regex(/^\d{1,12}$/))),
  oplogTs: z.optional(z.string().check(z.regex(/^\d{1,12}$/))),
  oplogInc: z.optional(z.string().check(z.regex(/^\d{1,12}$/))),
});

async function listPage(actor: Actor, project: ProjectScope, cluster: ClusterModel, page: PageRequest) {
  return listSnapshots(actor, project, {
    projectId: project.id,
    clusterId: cluster.id,
    filter: {},
    sort: "-createdAt",
    limit: page.itemsPerPage,
    offset: offsetOf(page),
  });
}

function readRetention(days = RETENTION_DAYS_DEFAULT): number {
  const parsed = z.safeParse(RetentionDays, days);
  if (parsed.success) return parsed.data;
  throw new DomainError("BACKUP_SNAPSHOT_RETENTION_VALUE_INVALID", { params: { retentionDays: days } });
}

export const snapshotRoutes: Route[] = [
  defineRoute({
    operationId: "listGroupClusterBackupSnapshots",
    method: "GET",
    path: "/groups/{groupId}/clusters/{clusterName}/backup/snapshots",
    versions: ["2023-01-01"],
    permission: "snapshot.read",
    query: ListQuery,
    handler: async ({ actor, scope, params, query, page, links, list }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.clusterName!, "cluster");
      // Without continuous backup no snapshot serves a moment of one's choice.
      if (query.pointInTimeUtcSeconds ?? query.oplogTs) return list([], 0);
      const { items, total } = await listPage(actor, project, cluster, page);
      return list(
        items.map((item) => presentSnapshot(item, cluster.replicaSetName, cluster.name, links)),
        total,
      );
    },
  }),
  defineRoute({
    operationId: "takeGroupClusterBackupSnapshots",
    method: "POST",
    path: "/groups/{groupId}/clusters/{clusterName}/backup/snapshots",
    versions: ["2023-01-01"],
    permission: "snapshot.take",
    body: OnDemandRequest,
    handler: async ({ actor, scope, params, body, links }) => {
      const project = projectIn(scope);
      const cluster = await getClusterOfKind(project, params.clusterName!, "cluster");
      const retentionDays = readRetention(body.retentionInDays);
      const { description } = body;
      const wanted = { projectId: project.id, clusterId: cluster.id, retentionDays, description };
      const { snapshotId } = await takeSnapshot(actor, project, wanted);
      const snapshot = await getSnapshot(actor, project, snapshotId);
      return { content: presentSnapshot(snapshot, cluster.replicaSetName, cluster.name, links) };
    },
  }),
  defineRoute({
    operationId: "getGroupClusterBackupSnapshot",
    method: "GET",
    path: "/groups/{groupId}/clusters/{clusterName}/backup/snapshots/{snapshotId}",
    versions: ["2023-01-01"],
    permission: "snapshot.read",
    handler: async ({ actor, scope, params, links }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.clusterName!, "cluster");
      const snapshot = await getSnapshotOf(actor, project, cluster, params.snapshotId!);
      return { content: presentSnapshot(snapshot, cluster.replicaSetName, cluster.name, links) };
    },
  }),
  defineRoute({
    operationId: "deleteGroupClusterBackupSnapshot",
    method: "DELETE",
    path: "/groups/{groupId}/clusters/{clusterName}/backup/snapshots/{snapshotId}",
    versions: ["2023-01-01"],
    permission: "snapshot.delete",
    handler: async ({ actor, scope, params }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.clusterName!, "cluster");
      const { id } = await getSnapshotOf(actor, project, cluster, params.snapshotId!);
      await deleteSnapshot(actor, project, id);
      return { status: 204 };
    },
  }),
  defineRoute({
    operationId: "listGroupFlexClusterBackupSnapshots",
    method: "GET",
    path: "/groups/{groupId}/flexClusters/{name}/backup/snapshots",
    versions: ["2024-11-13"],
    permission: "snapshot.read",
    handler: async ({ actor, scope, params, page, links, list }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.name!, "flex");
      const { items, total } = await listPage(actor, project, cluster, page);
      return list(
        items.map((item) => presentFlexSnapshot(item, cluster.name, links)),
        total,
      );
    },
  }),
  defineRoute({
    operationId: "getGroupFlexClusterBackupSnapshot",
    method: "GET",
    path: "/groups/{groupId}/flexClusters/{name}/backup/snapshots/{snapshotId}",
    versions: ["2024-11-13"],
    permission: "snapshot.read",
    handler: async ({ actor, scope, params, links }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.name!, "flex");
      const id = params.snapshotId!;
      try {
        return { content: presentFlexSnapshot(await getSnapshotOf(actor, project, cluster, id), cluster.name, links) };
      } catch (error) {
        if (!isDomainError(error, "SNAPSHOT_NOT_FOUND")) throw error;
        throw new AtlasError("TENANT_SNAPSHOT_NOT_FOUND", { parameters: [id], cause: error });
      }
    },
  }),
];
