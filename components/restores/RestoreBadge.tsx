import { StateBadge } from "@/components/ui/StateBadge";
import type { RestoreView } from "@/server/domain/restores/schema";
import { restoreState } from "./restore-state";

export function RestoreBadge({ restore }: { restore: RestoreView }) {
  const { state, words } = restoreState(restore);
  return <StateBadge state={state}>{words}</StateBadge>;
}
