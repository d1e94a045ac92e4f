import { StateBadge } from "@/components/ui/StateBadge";
import type { SnapshotView } from "@/server/domain/snapshots/schema";
import { snapshotState } from "./snapshot-state";

export function SnapshotBadge({ snapshot }: { snapshot: SnapshotView }) {
  const { state, words } = snapshotState(snapshot);
  return <StateBadge state={state}>{words}</StateBadge>;
}
