import { Done } from "@/server/domain/common/schema";
import { addOrgMember, addProjectMember } from "@/server/domain/members/add-member";
import { removeOrgMember, updateOrgMember } from "@/server/domain/members/change-org-member";
import { removeProjectMember, updateProjectMember } from "@/server/domain/members/change-project-member";
import { listOrgMembers, listProjectMembers } from "@/server/domain/members/list-members";
import {
  AddedMember,
  AddOrgMember,
  AddProjectMember,
  OrgMembersView,
  ProjectMembersView,
  RemoveOrgMember,
  RemoveProjectMember,
  UpdateOrgMember,
  UpdateProjectMember,
} from "@/server/domain/members/schema";
import { procedureFor } from "../procedures";
import { router } from "../trpc";
import { done } from "./done";

export const membersRouter = router({
  listOrg: procedureFor("org.member.read")
    .output(OrgMembersView)
    .query(({ ctx }) => listOrgMembers(ctx.actor, ctx.org)),
  addOrg: procedureFor("org.member.manage")
    .input(AddOrgMember)
    .output(AddedMember)
    .mutation(({ ctx, input }) => addOrgMember(ctx.actor, ctx.org, input)),
  updateOrg: procedureFor("org.member.manage")
    .input(UpdateOrgMember)
    .output(Done)
    .mutation(({ ctx, input }) => done(updateOrgMember(ctx.actor, ctx.org, input))),
  removeOrg: procedureFor("org.member.manage")
    .input(RemoveOrgMember)
    .output(Done)
    .mutation(({ ctx, input }) => done(removeOrgMember(ctx.actor, ctx.org, input))),
  listProject: procedureFor("project.member.read")
    .output(ProjectMembersView)
    .query(({ ctx }) => listProjectMembers(ctx.actor, ctx.project)),
  addProject: procedureFor("project.member.manage")
    .input(AddProjectMember)
    .output(AddedMember)
    .mutation(({ ctx, input }) => addProjectMember(ctx.actor, ctx.project, input)),
  updateProject: procedureFor("project.member.manage")
    .input(UpdateProjectMember)
    .output(Done)
    .mutation(({ ctx, input }) => done(updateProjectMember(ctx.actor, ctx.project, input))),
  removeProject: procedureFor("project.member.manage")
    .input(RemoveProjectMember)
    .output(Done)
    .mutation(({ ctx, input }) => done(removeProjectMember(ctx.actor, ctx.project, input))),
});
