import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import type { DeploymentFacts } from "@/server/deployments/facts";
import { inspectDeployment } from "@/server/deployments/inspect";
import { assertWithinRate } from "@/server/auth/rate-limit";
import { db, type Db } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { getCluster } from "./find-cluster";
import { withClusterDeployment } from "./open-deployment";

/** What a look at the server puts into the cluster's row. */
export function observedFacts(facts: DeploymentFacts) {
  return {
    mongoDBVersion: facts.version,
    fcv: facts.fcv.version,
    fcvPinned: facts.fcv.pinned,
    replicaSetName: facts.setName,
    serverKey: facts.serverKey,
    dataSizeBytes: BigInt(Math.round(facts.dataBytes)),
    documentCount: BigInt(Math.round(facts.documents)),
    diskSizeBytes: facts.storage ? BigInt(Math.round(facts.storage.totalBytes)) : null,
    observedAt: new Date(),
    reachable: true,
    stateMessage: null,
  };
}

/**
 * Looks at the server and keeps what it says. A server that cannot be used is kept as such, with the words for it;
 * only foreign errors are thrown. Nothing is kept where the cluster got another connection meanwhile.
 */
export async function observe(from: Db, clusterId: string): Promise<boolean> {
  const before = await from.cluster.findUnique({ where: { id: clusterId }, select: { connectionSealed: true } });
  const where = { id: clusterId, state: "IDLE" as const, connectionSealed: before?.connectionSealed ?? null };
  try {
    const facts = await withClusterDeployment(from, clusterId, async (deployment) =>
      inspectDeployment(await deployment.client()),
    );
    await from.cluster.updateMany({ where, data: observedFacts(facts) });
    return true;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    const data = { observedAt: new Date(), reachable: false, stateMessage: error.message };
    await from.cluster.updateMany({ where, data });
    return false;
  }
}

/** "Look again": a person asks. */
export async function observeCluster(actor: Actor, project: ProjectScope, clusterId: string): Promise<void> {
  const cluster = await getCluster(project, clusterId);
  if (cluster.state !== "IDLE") return;
  await assertWithinRate([{ key: `observe:${actor.id}`, limit: 60, windowSeconds: 600 }]);
  await observe(db(), cluster.id);
}
