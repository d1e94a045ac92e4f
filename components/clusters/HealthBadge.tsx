import { StateBadge } from "@/components/ui/StateBadge";
import type { ClusterView } from "@/server/domain/clusters/schema";
import { HEALTH_LOOKS, healthWords } from "./health";

export function HealthBadge({ cluster }: { cluster: Pick<ClusterView, "health" | "runningSnapshot"> }) {
  return <StateBadge state={HEALTH_LOOKS[cluster.health].state}>{healthWords(cluster)}</StateBadge>;
}
