import { ActivityView, ChainView, ListOrgActivity, ListProjectActivity } from "@/server/domain/activity/schema";
import * as activity from "@/server/domain/activity/service";
import { pageOf } from "@/server/domain/common/schema";
import { listVisibleProjects } from "@/server/domain/projects/find-project";
import { procedureFor } from "../procedures";
import { router } from "../trpc";

export const activityRouter = router({
  listProject: procedureFor("activity.read")
    .input(ListProjectActivity)
    .output(pageOf(ActivityView))
    .query(({ ctx, input }) => activity.listProjectActivity(ctx.project, input)),
  listOrg: procedureFor("org.activity.read")
    .input(ListOrgActivity)
    .output(pageOf(ActivityView))
    .query(async ({ ctx, input }) => {
      const projects = await listVisibleProjects(ctx.actor, ctx.org);
      return activity.listOrgActivity(
        ctx.org,
        projects.map((project) => project.id),
        input,
      );
    }),
  verifyChain: procedureFor("org.activity.read")
    .output(ChainView)
    .query(({ ctx }) => activity.verifyChain(ctx.org)),
});
