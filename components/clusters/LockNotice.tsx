import Link from "next/link";
import { restorePath } from "@/components/format/addresses";
import { ExactTime } from "@/components/ui/ExactTime";
import { Notice } from "@/components/ui/Notice";
import { RelativeTime } from "@/components/ui/RelativeTime";
import type { ClusterView } from "@/server/domain/clusters/schema";

/** Why nothing may change the cluster now, and where to watch it end. */
export function LockNotice({ cluster }: { cluster: Pick<ClusterView, "name" | "project" | "lock"> }) {
  const { lock, name, project } = cluster;
  if (!lock) return null;
  return (
    <Notice tone="warn" icon="lock">
      <b>
        Writes to {name} are blocked since <ExactTime at={lock.since} format="clock" />.
      </b>{" "}
      {lock.reason}.{" "}
      {lock.serverSide
        ? "Reads go on; clients that write get UserWritesBlocked."
        : "The server itself cannot block writes."}{" "}
      <span className="s12">
        Heartbeat <RelativeTime at={lock.heartbeatAt} />.
      </span>{" "}
      {lock.restoreId ? (
        <Link className="link" href={restorePath(project.id, lock.restoreId)}>
          See restore
        </Link>
      ) : null}
    </Notice>
  );
}
