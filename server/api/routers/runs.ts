import * as z from "zod/mini";
import type { Actor } from "@/server/access/actor";
import { requirePermission, type ProjectScope } from "@/server/access/require-permission";
import {
  OneRun,
  RunLogInput,
  RunLogLineView,
  RunningNow,
  RunView,
  WatchRun,
  WatchRunning,
} from "@/server/domain/runs/schema";
import * as runs from "@/server/domain/runs/service";
import { procedureFor } from "../procedures";
import { router } from "../trpc";
import { watchRuns } from "../watch";

async function chosenProjects(actor: Actor, { projectId }: WatchRunning): Promise<ProjectScope[]> {
  const projects = await runs.listProjectsWithRuns(actor);
  return projectId === undefined ? projects : projects.filter((project) => project.id === projectId);
}

export const runsRouter = router({
  get: procedureFor("run.read")
    .input(OneRun)
    .output(RunView)
    .query(({ ctx, input }) => runs.getRun(ctx.actor, ctx.project, input.runId)),
  log: procedureFor("run.read")
    .input(RunLogInput)
    .output(z.array(RunLogLineView))
    .query(({ ctx, input }) => runs.listRunLog(ctx.project, input)),
  /** What runs in every project that the reader can see. */
  running: procedureFor("run.list")
    .output(RunningNow)
    .query(async ({ ctx }) => runs.listRunning(await runs.listProjectsWithRuns(ctx.actor))),
  /** Sends the run, and again after each change; it ends with the client. */
  watch: procedureFor("run.read")
    .input(WatchRun)
    .subscription(async function* ({ ctx, input, signal }) {
      yield* watchRuns({
        signal,
        concerns: (_projectId, runId) => runId === input.runId,
        read: () => runs.getRun(ctx.actor, ctx.project, input.runId),
        assertAllowed: async () => requirePermission(await ctx.refresh(), "run.read", { project: ctx.project }),
      });
    }),
  /** Sends what runs, and again after each change. Projects that the reader loses drop out. */
  watchRunning: procedureFor("run.list")
    .input(WatchRunning)
    .subscription(async function* ({ ctx, input, signal }) {
      let projects = await chosenProjects(ctx.actor, input);
      yield* watchRuns({
        signal,
        concerns: (projectId) => projects.some((project) => project.id === projectId),
        read: () => runs.listRunning(projects),
        assertAllowed: async () => {
          const actor = await ctx.refresh();
          requirePermission(actor, "run.list", null);
          projects = await chosenProjects(actor, input);
        },
      });
    }),
});
