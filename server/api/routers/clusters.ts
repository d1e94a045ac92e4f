import * as z from "zod/mini";
import { connectCluster, testConnection, updateConnection } from "@/server/domain/clusters/connect-cluster";
import { getConnectInfo, getDumpCommands } from "@/server/domain/clusters/connect-info";
import { createEmbeddedCluster } from "@/server/domain/clusters/create-cluster";
import { getAnyClusterByName } from "@/server/domain/clusters/find-cluster";
import { deleteCluster } from "@/server/domain/clusters/delete-cluster";
import { getClusterDetail } from "@/server/domain/clusters/get-cluster";
import { listClusters, listOrgClusters } from "@/server/domain/clusters/list-clusters";
import { observeCluster } from "@/server/domain/clusters/observe-cluster";
import {
  ClusterByName,
  ClusterDetail,
  ClusterView,
  ConnectCluster,
  ConnectInfo,
  ConnectionFacts,
  CreateEmbeddedCluster,
  DeleteCluster,
  DumpCommands,
  ListOrgClusters,
  OrgClustersView,
  TestConnection,
  UpdateConnection,
} from "@/server/domain/clusters/schema";
import { Done, InCluster, NamedRef } from "@/server/domain/common/schema";
import { procedureFor } from "../procedures";
import { router } from "../trpc";
import { done } from "./done";

export const clustersRouter = router({
  listOrg: procedureFor("org.clusters.read")
    .input(ListOrgClusters)
    .output(OrgClustersView)
    .query(({ ctx, input }) => listOrgClusters(ctx.actor, ctx.org, input)),
  list: procedureFor("cluster.read")
    .output(z.array(ClusterView))
    .query(({ ctx }) => listClusters(ctx.actor, ctx.project)),
  get: procedureFor("cluster.read")
    .input(InCluster)
    .output(ClusterDetail)
    .query(({ ctx, input }) => getClusterDetail(ctx.actor, ctx.project, input.clusterId)),
  /** By its name; the living one, else the last of that name. */
  byName: procedureFor("cluster.read")
    .input(ClusterByName)
    .output(ClusterDetail)
    .query(async ({ ctx, input }) => {
      const { id } = await getAnyClusterByName(ctx.project, input.name);
      return getClusterDetail(ctx.actor, ctx.project, id);
    }),
  create: procedureFor("cluster.create")
    .input(CreateEmbeddedCluster)
    .output(NamedRef)
    .mutation(({ ctx, input }) => createEmbeddedCluster(ctx.actor, ctx.project, input)),
  testConnection: procedureFor("cluster.create")
    .input(TestConnection)
    .output(ConnectionFacts)
    .mutation(({ ctx, input }) => testConnection(ctx.actor, ctx.project, input)),
  connect: procedureFor("cluster.create")
    .input(ConnectCluster)
    .output(NamedRef)
    .mutation(({ ctx, input }) => connectCluster(ctx.actor, ctx.project, input)),
  updateConnection: procedureFor("cluster.update")
    .input(UpdateConnection)
    .output(Done)
    .mutation(({ ctx, input }) => done(updateConnection(ctx.actor, ctx.project, input))),
  observe: procedureFor("cluster.read")
    .input(InCluster)
    .output(Done)
    .mutation(({ ctx, input }) => done(observeCluster(ctx.actor, ctx.project, input.clusterId))),
  delete: procedureFor("cluster.delete")
    .input(DeleteCluster)
    .output(Done)
    .mutation(({ ctx, input }) => done(deleteCluster(ctx.actor, ctx.project, input))),
  connectInfo: procedureFor("cluster.connect")
    .input(InCluster)
    .output(ConnectInfo)
    .query(({ ctx, input }) => getConnectInfo(ctx.project, input.clusterId)),
  dumpCommands: procedureFor("cluster.connect")
    .input(InCluster)
    .output(DumpCommands)
    .query(({ ctx, input }) => getDumpCommands(ctx.project, input.clusterId)),
});
