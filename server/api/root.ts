import { accountRouter } from "./routers/account";
import { activityRouter } from "./routers/activity";
import { clustersRouter } from "./routers/clusters";
import { membersRouter } from "./routers/members";
import { organizationsRouter } from "./routers/organizations";
import { projectsRouter } from "./routers/projects";
import { restoresRouter } from "./routers/restores";
import { runsRouter } from "./routers/runs";
import { searchRouter } from "./routers/search";
import { setupRouter } from "./routers/setup";
import { snapshotsRouter } from "./routers/snapshots";
import { storageRouter } from "./routers/storage";
import { createCallerFactory, router } from "./trpc";

export const appRouter = router({
  account: accountRouter,
  setup: setupRouter,
  organizations: organizationsRouter,
  projects: projectsRouter,
  members: membersRouter,
  clusters: clustersRouter,
  snapshots: snapshotsRouter,
  restores: restoresRouter,
  runs: runsRouter,
  activity: activityRouter,
  search: searchRouter,
  storage: storageRouter,
});

export type AppRouter = typeof appRouter;

/** Calls procedures without HTTP, for server components and tests: the checks are the same. */
export const createCaller = createCallerFactory(appRouter);
