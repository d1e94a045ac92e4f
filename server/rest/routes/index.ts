import type { Route } from "../route";
import { clusterRoutes } from "./clusters";
import { groupRoutes } from "./groups";
import { orgRoutes } from "./orgs";
import { restoreRoutes } from "./restores";
import { rootRoutes } from "./root";
import { snapshotRoutes } from "./snapshots";

/** Every operation that is served. What is not here is 404 RESOURCE_NOT_FOUND. */
export const ROUTES: readonly Route[] = [
  ...rootRoutes,
  ...orgRoutes,
  ...groupRoutes,
  ...clusterRoutes,
  ...snapshotRoutes,
  ...restoreRoutes,
];
