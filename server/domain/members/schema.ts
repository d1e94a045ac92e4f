import * as z from "zod/mini";
import { OrgRole, ProjectRole } from "@/server/access/schema";
import { Email, PersonName } from "../account/schema";
import { Allowed, Id, RoleView } from "../common/schema";

const oneRole = "choose at least one role";
export const AddOrgMember = z.object({
  orgId: Id,
  email: Email,
  /** For a person who has no account yet. */
  name: z.optional(PersonName),
  roles: z.array(OrgRole).check(z.minLength(1, oneRole)),
});
export type AddOrgMember = z.infer<typeof AddOrgMember>;
export const UpdateOrgMember = z.object({ orgId: Id, userId: Id, roles: z.array(OrgRole) });
export type UpdateOrgMember = z.infer<typeof UpdateOrgMember>;
export const RemoveOrgMember = z.object({ orgId: Id, userId: Id });
export type RemoveOrgMember = z.infer<typeof RemoveOrgMember>;

export const AddProjectMember = z.object({
  projectId: Id,
  email: Email,
  name: z.optional(PersonName),
  roles: z.array(ProjectRole).check(z.minLength(1, oneRole)),
});
export type AddProjectMember = z.infer<typeof AddProjectMember>;
export const UpdateProjectMember = z.object({ projectId: Id, userId: Id, roles: z.array(ProjectRole) });
export type UpdateProjectMember = z.infer<typeof UpdateProjectMember>;
export const RemoveProjectMember = z.object({ projectId: Id, userId: Id });
export type RemoveProjectMember = z.infer<typeof RemoveProjectMember>;

/** The answer to adding somebody. A new account gets a password that is shown this once. */
export const AddedMember = z.object({
  userId: Id,
  name: z.string(),
  email: z.string(),
  oneTimePassword: z.nullable(z.string()),
});
export type AddedMember = z.infer<typeof AddedMember>;

export const OrgMemberView = z.object({
  userId: Id,
  name: z.string(),
  email: z.string(),
  isYou: z.boolean(),
  roles: z.array(RoleView),
  projectCount: z.int(),
  lastSeenAt: z.nullable(z.date()),
  joinedAt: z.date(),
  can: z.object({ changeRoles: Allowed, remove: Allowed }),
});
export type OrgMemberView = z.infer<typeof OrgMemberView>;

export const OrgMembersView = z.object({
  members: z.array(OrgMemberView),
  assignableRoles: z.array(z.object({ role: OrgRole, label: z.string(), gives: z.string() })),
  can: z.object({ add: Allowed }),
});
export type OrgMembersView = z.infer<typeof OrgMembersView>;

export const ProjectMemberView = z.object({
  userId: Id,
  name: z.string(),
  email: z.string(),
  isYou: z.boolean(),
  roles: z.array(RoleView),
  /** Who added them; null: set up with the project. */
  addedBy: z.nullable(z.string()),
  /** Whether this person can restore into this project. */
  canRestore: z.boolean(),
  lastSeenAt: z.nullable(z.date()),
  joinedAt: z.date(),
  can: z.object({ changeRoles: Allowed, remove: Allowed }),
});
export type ProjectMemberView = z.infer<typeof ProjectMemberView>;

export const ProjectMembersView = z.object({
  members: z.array(ProjectMemberView),
  /** "Who can restore here, and why": people by the role that gives it, and what else that role gives. */
  whoCanRestore: z.array(z.object({ role: RoleView, names: z.array(z.string()), gives: z.array(z.string()) })),
  /** Organization Owners who are not in the project: no backup rights before they add themselves. */
  ownersWithoutRole: z.array(z.string()),
  assignableRoles: z.array(z.object({ role: ProjectRole, label: z.string(), gives: z.string() })),
  /** Roles held in this project and the ones about backups: what each may do with backups. */
  backupMatrix: z.object({
    actions: z.array(z.object({ key: z.string(), label: z.string() })),
    rows: z.array(z.object({ role: RoleView, allowed: z.array(z.boolean()) })),
  }),
  can: z.object({ add: Allowed }),
});
export type ProjectMembersView = z.infer<typeof ProjectMembersView>;
