import type { Params } from "@/components/ui/query-string";
import { SNAPSHOT_STATUSES, type ListSnapshots } from "@/server/domain/snapshots/schema";

const DAY_MS = 86_400_000;

type Filter = ListSnapshots["filter"];

/** The filters in the address as the list's input; what is not understood is no filter. */
export function snapshotFilter(params: Params, now: Date): Filter {
  const days = Number(params.taken);
  return {
    kind: params.kind === "policy" || params.kind === "onDemand" ? params.kind : undefined,
    status: SNAPSHOT_STATUSES.find((status) => status === params.status),
    proven: params.proven === "yes" ? true : params.proven === "no" ? false : undefined,
    takenAfter: days > 0 && days <= 366 ? new Date(now.getTime() - days * DAY_MS) : undefined,
  };
}
