import { Icon } from "@/components/ui/Icon";
import { RelativeTime } from "@/components/ui/RelativeTime";
import type { SnapshotView } from "@/server/domain/snapshots/schema";

/** Whether the snapshot was read back: by a restore (ring), by a verification, or not yet. */
export function Proof({ snapshot }: { snapshot: SnapshotView }) {
  if (snapshot.verifyError) {
    return (
      <span className="proof ic-bad">
        <Icon name="octagon-x" className="s" />
        Verification failed
      </span>
    );
  }
  if (snapshot.provenAt) {
    return (
      <span className="proof">
        <Icon name="proven" className="s" />
        <span>
          <RelativeTime at={snapshot.provenAt} />, restore
        </span>
      </span>
    );
  }
  if (snapshot.verifiedAt) {
    return (
      <span className="proof">
        <Icon name="check" className="s" />
        <span>
          <RelativeTime at={snapshot.verifiedAt} />, verified
        </span>
      </span>
    );
  }
  return <span className="t3">{snapshot.status === "COMPLETED" ? "Not yet" : "Never"}</span>;
}
