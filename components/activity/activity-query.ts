import type { Params } from "@/components/ui/query-string";
import type { ListProjectActivity } from "@/server/domain/activity/schema";

const HOUR_MS = 3_600_000;
const OUTCOMES = ["DONE", "REFUSED", "FAILED"] as const;

/** The filters in the address as the feed's input; what is not understood is no filter. */
export function activityFilter(params: Params, now: Date): ListProjectActivity["filter"] {
  const hours = Number(params.since);
  return {
    outcome: OUTCOMES.find((outcome) => outcome === params.outcome),
    clusterId: /^[0-9a-f]{24}$/.test(params.cluster ?? "") ? params.cluster : undefined,
    after: hours > 0 && hours <= 10_000 ? new Date(now.getTime() - hours * HOUR_MS) : undefined,
  };
}
