import { Id } from "@/components/ui/Id";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { Section } from "@/components/ui/Section";
import type { ClusterDetail } from "@/server/domain/clusters/schema";
import { Reconnect } from "./Reconnect";

/** What answers on the wire. */
export function DeploymentPanel({ cluster }: { cluster: ClusterDetail }) {
  const { embedded } = cluster;
  return (
    <Section
      id="deployment"
      title="Deployment"
      aside={isReconnectable(cluster) ? <Reconnect cluster={cluster} /> : null}
    >
      <dl className="panel panel-b kv">
        <dt>Kind</dt>
        <dd>
          {cluster.deploymentKind === "EMBEDDED" ? "Runs inside Holdfast" : "External, reached by a connection string"}
        </dd>
        <dt>Hosts</dt>
        <dd className="m wrap">{cluster.hosts.join(", ") || "Not known yet"}</dd>
        <dt>Replica set</dt>
        <dd>{cluster.replicaSetName ?? "None"}</dd>
        {embedded ? (
          <>
            <dt>Process</dt>
            <dd>
              {embedded.status}
              {embedded.restarts > 0 ? `, started again ${embedded.restarts} times` : ""}
              {embedded.lastError ? <span className="sub">{embedded.lastError}</span> : null}
            </dd>
          </>
        ) : null}
        <dt>Created</dt>
        <dd>
          <RelativeTime at={cluster.createdAt} />
        </dd>
        <dt>Cluster id</dt>
        <dd>
          <Id id={cluster.id} what="cluster id" />
        </dd>
      </dl>
    </Section>
  );
}

/** One that is not connected at all has the button in the notice at the head of its page. */
function isReconnectable({ deploymentKind, state, health }: ClusterDetail): boolean {
  return deploymentKind === "EXTERNAL" && state === "IDLE" && health !== "notConnected";
}
