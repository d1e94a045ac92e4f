import type { Params } from "@/components/ui/query-string";
import { CLUSTER_HEALTH, TIERS, type ListOrgClusters } from "@/server/domain/clusters/schema";

const SORTS = ["needsYou", "name", "-name", "-dataBytes", "-lastSnapshotAt"] as const;

/** The filters, sort and page in the address as the list's input; what is not understood is left out. */
export function clusterQuery(params: Params): Pick<ListOrgClusters, "filter" | "sort" | "cursor"> {
  return {
    filter: {
      projectId: /^[0-9a-f]{24}$/.test(params.project ?? "") ? params.project : undefined,
      tier: TIERS.find((tier) => tier === params.tier),
      health: CLUSTER_HEALTH.find((health) => health === params.health),
      version: params.version,
      search: params.search?.slice(0, 64),
    },
    sort: SORTS.find((sort) => sort === params.sort) ?? "needsYou",
    cursor: params.cursor,
  };
}
