import * as z from "zod/mini";
import type { Actor } from "@/server/access/actor";
import { canSee, type ProjectScope } from "@/server/access/require-permission";
import { getClusterByName } from "@/server/domain/clusters/find-cluster";
import { getRestore } from "@/server/domain/restores/get-restore";
import { listRestores } from "@/server/domain/restores/list-restores";
import type { RestoreView } from "@/server/domain/restores/schema";
import { startRestore } from "@/server/domain/restores/start-restore";
import type { ClusterModel } from "@/server/platform/db";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { ID_PATTERN } from "@/server/platform/ids";
import { AtlasError } from "../atlas-error";
import { getProjectScope, projectIn } from "../authorize";
import { getBackedUpClusterOfKind } from "../find-cluster";
import { getSnapshotOf } from "../find-snapshot";
import { offsetOf, type PageRequest } from "../paging";
import { presentFlexRestoreJob, presentRestoreJob } from "../present/restores";
import { defineRoute, type Route } from "../route";

const CLUSTER_JOBS = "/groups/{groupId}/clusters/{clusterName}/backup/restoreJobs";
const FLEX_JOBS = "/groups/{groupId}/flexClusters/{name}/backup/restoreJobs";

const JobRequest = z.object({
  deliveryType: z.enum(["automated", "download", "pointInTime"]),
  snapshotId: z.optional(z.string()),
  targetGroupId: z.optional(z.string()),
  targetClusterName: z.optional(z.string()),
  /** Ours: go on although the target's server cannot block writes by itself. */
  holdfast: z.optional(z.object({ acceptUnblocked: z.optional(z.boolean()) })),
});

/** The restores from and into a cluster, newest first. */
function listPage(actor: Actor, project: ProjectScope, cluster: ClusterModel, page: PageRequest) {
  const { itemsPerPage: limit } = page;
  return listRestores(actor, project, {
    projectId: project.id,
    clusterId: cluster.id,
    limit,
    offset: offsetOf(page),
  });
}

/** A restore from or into this cluster. Throws INVALID_JOB_ID for what is no id, RESTORE_JOB_NOT_FOUND. */
async function getOne(actor: Actor, project: ProjectScope, cluster: ClusterModel, id: string): Promise<RestoreView> {
  if (!ID_PATTERN.test(id)) throw new AtlasError("INVALID_JOB_ID", { parameters: [id] });
  const restore = await getRestore(actor, project, id);
  if ([restore.source.cluster.id, restore.target.cluster.id].includes(cluster.id)) return restore;
  throw new DomainError("RESTORE_JOB_NOT_FOUND", { params: { restoreJobId: id } });
}

function required(
  body: z.infer<typeof JobRequest>,
  name: "snapshotId" | "targetGroupId" | "targetClusterName",
): string {
  const value = body[name];
  if (value) return value;
  const fields = [{ field: name, description: "is needed for an automated restore" }];
  throw new AtlasError("MISSING_ATTRIBUTE", { parameters: [name], fields });
}

/** The project of the target; one that the caller does not know of looks as if it were not there. */
async function getTargetProject(actor: Actor, groupId: string): Promise<ProjectScope> {
  const project = await getProjectScope(groupId);
  if (canSee(actor, { project })) return project;
  throw new DomainError("GROUP_NOT_FOUND", { params: { groupId } });
}

export const restoreRoutes: Route[] = [
  defineRoute({
    operationId: "listGroupClusterBackupRestoreJobs",
    method: "GET",
    path: CLUSTER_JOBS,
    versions: ["2023-01-01"],
    permission: "restore.read",
    handler: async ({ actor, scope, params, page, links, list }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.clusterName!, "cluster");
      const { items, total } = await listPage(actor, project, cluster, page);
      return list(
        items.map((item) => presentRestoreJob(item, links)),
        total,
      );
    },
  }),
  defineRoute({
    operationId: "createGroupClusterBackupRestoreJob",
    method: "POST",
    path: CLUSTER_JOBS,
    versions: ["2023-01-01"],
    permission: "restore.start",
    body: JobRequest,
    handler: async ({ actor, scope, params, body, links }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.clusterName!, "cluster");
      if (body.deliveryType !== "automated") {
        throw new DomainError("UNSUPPORTED_DELIVERY_METHOD", { params: { method: body.deliveryType } });
      }
      const snapshot = await getSnapshotOf(actor, project, cluster, required(body, "snapshotId"));
      const targetProject = await getTargetProject(actor, required(body, "targetGroupId"));
      const target = await getClusterByName(targetProject, required(body, "targetClusterName"));
      const { restoreId } = await startRestore(actor, project, {
        projectId: project.id,
        snapshotId: snapshot.id,
        targetProjectId: targetProject.id,
        targetClusterId: target.id,
        typedName: null,
        acceptUnblocked: body.holdfast?.acceptUnblocked ?? false,
      });
      return { content: presentRestoreJob(await getRestore(actor, project, restoreId), links) };
    },
  }),
  defineRoute({
    operationId: "getGroupClusterBackupRestoreJob",
    method: "GET",
    path: `${CLUSTER_JOBS}/{restoreJobId}`,
    versions: ["2023-01-01"],
    permission: "restore.read",
    handler: async ({ actor, scope, params, links }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.clusterName!, "cluster");
      return { content: presentRestoreJob(await getOne(actor, project, cluster, params.restoreJobId!), links) };
    },
  }),
  defineRoute({
    operationId: "cancelGroupClusterBackupRestoreJob",
    method: "DELETE",
    path: `${CLUSTER_JOBS}/{restoreJobId}`,
    versions: ["2023-01-01"],
    permission: "restore.cancel",
    // Downloads can be cancelled this way, automated restores cannot; there are no others yet.
    handler: async ({ actor, scope, params }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.clusterName!, "cluster");
      const { id } = await getOne(actor, project, cluster, params.restoreJobId!);
      throw new DomainError("CANNOT_CANCEL_AUTOMATED_RESTORE", { params: { restoreJobId: id } });
    },
  }),
  defineRoute({
    operationId: "listGroupFlexClusterBackupRestoreJobs",
    method: "GET",
    path: FLEX_JOBS,
    versions: ["2024-11-13"],
    permission: "restore.read",
    handler: async ({ actor, scope, params, page, links, list }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.name!, "flex");
      const { items, total } = await listPage(actor, project, cluster, page);
      return list(
        items.map((item) => presentFlexRestoreJob(item, links)),
        total,
      );
    },
  }),
  defineRoute({
    operationId: "getGroupFlexClusterBackupRestoreJob",
    method: "GET",
    path: `${FLEX_JOBS}/{restoreJobId}`,
    versions: ["2024-11-13"],
    permission: "restore.read",
    handler: async ({ actor, scope, params, links }) => {
      const project = projectIn(scope);
      const cluster = await getBackedUpClusterOfKind(project, params.name!, "flex");
      const id = params.restoreJobId!;
      try {
        return { content: presentFlexRestoreJob(await getOne(actor, project, cluster, id), links) };
      } catch (error) {
        if (!isDomainError(error, "RESTORE_JOB_NOT_FOUND")) throw error;
        throw new AtlasError("TENANT_RESTORE_NOT_FOUND", { parameters: [id], cause: error });
      }
    },
  }),
];
