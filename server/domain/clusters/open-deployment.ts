import { openDeployment, type Deployment } from "@/server/deployments/deployment";
import type { NetworkPolicy } from "@/server/deployments/network-policy";
import { EMBEDDED_PASSWORD_PURPOSE, EMBEDDED_ROOT_USER } from "@/server/jobs/definitions/embedded-deployment";
import { seal, unseal } from "@/server/platform/crypto";
import type { Db } from "@/server/platform/db";
import { env } from "@/server/platform/env";
import { DomainError } from "@/server/platform/errors/domain-error";
import { NOT_CONNECTED_WORDS } from "./not-connected";

export const CONNECTION_PURPOSE = "cluster.connection";
export const EMBEDDED_HOST = "127.0.0.1";

/** The networks that this installation may reach. */
export function networkPolicy(): NetworkPolicy {
  return { reachableNetworks: env.networks ?? [] };
}

export function sealConnectionString(connectionString: string): Buffer<ArrayBuffer> {
  return seal(connectionString, CONNECTION_PURPOSE);
}

/**
 * The portal's own way to a cluster's deployment; the caller closes it. Throws CLUSTER_NOT_FOUND for a row that is
 * gone, CLUSTER_NOT_CONNECTED for one that nobody here knows how to reach.
 */
export async function openClusterDeployment(db: Db, clusterId: string): Promise<Deployment> {
  const cluster = await db.cluster.findUnique({ where: { id: clusterId }, include: { embedded: true } });
  if (!cluster || cluster.state === "DELETED") throw new DomainError("CLUSTER_NOT_FOUND", { params: { clusterId } });
  if (cluster.embedded) {
    const password = unseal(cluster.embedded.rootPasswordSealed, EMBEDDED_PASSWORD_PURPOSE).toString("utf8");
    const connectionString = embeddedConnectionString(cluster.embedded.port, EMBEDDED_ROOT_USER, password);
    return openDeployment({ connectionString, kind: "embedded" });
  }
  if (!cluster.connectionSealed) {
    throw new DomainError("CLUSTER_NOT_CONNECTED", { message: NOT_CONNECTED_WORDS, params: { name: cluster.name } });
  }
  const connectionString = unseal(cluster.connectionSealed, CONNECTION_PURPOSE).toString("utf8");
  return openDeployment({ connectionString, kind: "external", policy: networkPolicy() });
}

/** `directConnection`: the member's own name for itself need not be reachable from here. */
export function embeddedConnectionString(port: number, user: string, password: string): string {
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `mongodb://${credentials}@${EMBEDDED_HOST}:${port}/?directConnection=true&authSource=admin`;
}

/** Runs `work` with a deployment that is closed afterwards. */
export async function withClusterDeployment<T>(
  db: Db,
  clusterId: string,
  work: (deployment: Deployment) => Promise<T>,
): Promise<T> {
  const deployment = await openClusterDeployment(db, clusterId);
  try {
    return await work(deployment);
  } finally {
    await deployment.close();
  }
}
