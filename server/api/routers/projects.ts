import * as z from "zod/mini";
import { Done, NamedRef } from "@/server/domain/common/schema";
import { deleteProject } from "@/server/domain/projects/delete-project";
import { getOverview } from "@/server/domain/projects/get-overview";
import {
  CreateProject,
  DeleteProject,
  JoinProject,
  ProjectListItem,
  ProjectOverview,
  ProjectView,
  RenameProject,
} from "@/server/domain/projects/schema";
import * as projects from "@/server/domain/projects/service";
import { procedureFor } from "../procedures";
import { router } from "../trpc";
import { done } from "./done";

export const projectsRouter = router({
  list: procedureFor("project.list")
    .output(z.array(ProjectListItem))
    .query(({ ctx }) => projects.listProjects(ctx.actor, ctx.org)),
  get: procedureFor("project.read")
    .output(ProjectView)
    .query(({ ctx }) => projects.getProject(ctx.actor, ctx.project)),
  overview: procedureFor("cluster.read")
    .output(ProjectOverview)
    .query(({ ctx }) => getOverview(ctx.actor, ctx.project)),
  create: procedureFor("project.create")
    .input(CreateProject)
    .output(NamedRef)
    .mutation(({ ctx, input }) => projects.createProject(ctx.actor, ctx.org, input)),
  rename: procedureFor("project.update")
    .input(RenameProject)
    .output(Done)
    .mutation(({ ctx, input }) => done(projects.renameProject(ctx.actor, ctx.project, input))),
  join: procedureFor("project.join")
    .input(JoinProject)
    .output(Done)
    .mutation(({ ctx, input }) => done(projects.joinProject(ctx.actor, ctx.project, input))),
  delete: procedureFor("project.delete")
    .input(DeleteProject)
    .output(Done)
    .mutation(({ ctx, input }) => done(deleteProject(ctx.actor, ctx.project, input))),
});
