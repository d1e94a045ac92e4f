/**
 * Between the portal, which writes what should run (EmbeddedDeployment rows), and the host process, which makes it
 * so.
 */

/** Notify after a row was added, changed or removed; the payload is the cluster's id. The host looks at once. */
export const DEPLOYMENT_WANTED_CHANNEL = "deployment_wanted";

/** The host notifies when a process started, got ready, died or stopped; the payload is the cluster's id. */
export const DEPLOYMENT_CHANGED_CHANNEL = "deployment_changed";

/** The portal's own user in every embedded cluster, with role root. */
export const EMBEDDED_ROOT_USER = "holdfast";

/** Purpose for sealing EmbeddedDeployment.rootPasswordSealed. */
export const EMBEDDED_PASSWORD_PURPOSE = "embedded.rootPassword";

/** What EmbeddedDeployment.status says. */
export type EmbeddedStatus = "stopped" | "starting" | "running" | "failed";

/** The replica set that an embedded cluster says it is. */
export function embeddedReplicaSetName(clusterId: string): string {
  return `atlas-${clusterId.slice(-6)}-shard-0`;
}
