import "server-only";
import { cache } from "react";
import { load } from "./load";

/** The cluster that an address names; asked once for a page. */
export const loadCluster = cache((projectId: string, clusterName: string) =>
  load((api) => api.clusters.byName({ projectId, name: decodeURIComponent(clusterName) })),
);
