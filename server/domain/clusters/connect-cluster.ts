import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { openDeployment } from "@/server/deployments/deployment";
import type { DeploymentFacts } from "@/server/deployments/facts";
import { inspectDeployment } from "@/server/deployments/inspect";
import { assertWithinRate } from "@/server/auth/rate-limit";
import { db, isUniqueViolation, type ClusterModel } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import { assertRoomForCluster, duplicateName, newClusterRow } from "./create-cluster";
import { lockIdleCluster } from "./find-cluster";
import { assertNotLocked } from "./find-lock";
import { observedFacts } from "./observe-cluster";
import { networkPolicy, sealConnectionString } from "./open-deployment";
import type { ConnectCluster, ConnectionFacts, TestConnection, UpdateConnection } from "./schema";

/** Tries of one person: a form that reaches hosts must not become a scanner. */
const TRIES = { limit: 60, windowSeconds: 600 };

async function inspect(actor: Actor, connectionString: string): Promise<DeploymentFacts> {
  await assertWithinRate([{ key: `connect:${actor.id}`, ...TRIES }]);
  const deployment = openDeployment({ connectionString, kind: "external", policy: networkPolicy() });
  try {
    return await inspectDeployment(await deployment.client());
  } finally {
    await deployment.close();
  }
}

/**
 * Looks at a deployment and changes nothing. Throws CONNECTION_STRING_INVALID, CONNECTION_STRING_REFUSED,
 * CLUSTER_UNREACHABLE, CLUSTER_AUTHENTICATION_FAILED, CLUSTER_PRIVILEGE_MISSING, CLUSTER_IS_MONGOS or
 * CLUSTER_VERSION_UNSUPPORTED.
 */
export async function testConnection(
  actor: Actor,
  project: ProjectScope,
  input: TestConnection,
): Promise<ConnectionFacts> {
  const facts = await inspect(actor, input.connectionString);
  const same = await db().cluster.findFirst({
    where: { serverKey: facts.serverKey, deletedAt: null, project: { organizationId: project.organizationId } },
    select: { name: true },
  });
  return {
    mongoDBVersion: facts.version,
    fcv: facts.fcv.version,
    fcvPinned: facts.fcv.pinned,
    topology: facts.topology,
    replicaSetName: facts.setName,
    hosts: facts.hosts,
    dataBytes: facts.dataBytes,
    documents: facts.documents,
    freeBytes: facts.storage?.freeBytes ?? null,
    authorizationEnabled: facts.authorizationEnabled,
    missingPrivileges: facts.privileges.missing,
    supports: {
      snapshotReads: facts.supports.snapshotReads,
      oplog: facts.supports.oplog,
      transactions: facts.supports.transactions,
      writeBlock: facts.supports.writeBlock,
    },
    sameServerAs: same?.name ?? null,
  };
}

/** Adds a cluster that runs elsewhere, once it was looked at. The connection string is kept sealed and never shown. */
export async function connectCluster(
  actor: Actor,
  project: ProjectScope,
  input: ConnectCluster,
): Promise<ClusterModel> {
  const facts = await inspect(actor, input.connectionString);
  try {
    return await db().$transaction(async (tx) => {
      await assertRoomForCluster(tx, project, input.tier);
      const cluster = await tx.cluster.create({
        data: {
          ...newClusterRow(project, input),
          ...observedFacts(facts),
          deploymentKind: "EXTERNAL",
          state: "IDLE",
          connectionSealed: sealConnectionString(input.connectionString),
        },
      });
      await recordActivity(tx, {
        organizationId: project.organizationId,
        projectId: project.id,
        type: "CLUSTER_CREATED",
        actor,
        cluster: { id: cluster.id, name: cluster.name },
        details: { tier: input.tier, mongoDBVersion: facts.version, deployment: "external", hosts: facts.hosts },
      });
      return cluster;
    });
  } catch (error) {
    throw isUniqueViolation(error) ? duplicateName(input.name, error) : error;
  }
}

/**
 * Puts another connection string in place of the old one, once it was looked at. Throws CLUSTER_SERVER_DIFFERS when it
 * leads to another server than the cluster's and nobody said that it shall: the next restore would overwrite that one.
 */
export async function updateConnection(actor: Actor, project: ProjectScope, input: UpdateConnection): Promise<void> {
  const facts = await inspect(actor, input.connectionString);
  await db().$transaction(async (tx) => {
    const cluster = await lockIdleCluster(tx, project, input.clusterId);
    if (cluster.deploymentKind !== "EXTERNAL") {
      const detail = "Holdfast runs this cluster itself; it has no connection string of yours.";
      throw new DomainError("INVALID_ATTRIBUTE", { params: { attribute: "connectionString", detail } });
    }
    await assertNotLocked(cluster, tx);
    const otherServer = cluster.serverKey !== null && cluster.serverKey !== facts.serverKey;
    if (otherServer && !input.acceptOtherServer) throw serverDiffers(cluster, facts);
    await assertNotLocked({ ...cluster, serverKey: facts.serverKey }, tx);
    await tx.cluster.update({
      where: { id: cluster.id },
      data: { ...observedFacts(facts), connectionSealed: sealConnectionString(input.connectionString) },
    });
    await recordActivity(tx, {
      organizationId: project.organizationId,
      projectId: project.id,
      type: "CLUSTER_UPDATE_COMPLETED",
      actor,
      cluster: { id: cluster.id, name: cluster.name },
      details: { changed: "connection string", hosts: facts.hosts, otherServer },
    });
  });
}

function serverDiffers(cluster: ClusterModel, facts: DeploymentFacts): DomainError {
  const hosts = facts.hosts.join(", ");
  return new DomainError("CLUSTER_SERVER_DIFFERS", {
    message: `the connection string leads to ${hosts}, which is not the server of cluster ${cluster.name}`,
    params: { clusterName: cluster.name, hosts },
  });
}
