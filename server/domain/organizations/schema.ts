import * as z from "zod/mini";
import { OrgRole, ProjectRole } from "@/server/access/schema";
import { Allowed, Id, NamedRef, RoleView, shortText } from "../common/schema";

export const UpdateOrganization = z.object({ orgId: Id, name: shortText(64) });
export type UpdateOrganization = z.infer<typeof UpdateOrganization>;

export const OrganizationView = z.object({
  id: Id,
  name: z.string(),
  createdAt: z.date(),
  myRoles: z.array(RoleView),
  projectCount: z.int(),
  memberCount: z.int(),
  can: z.object({ update: Allowed, createProject: Allowed, manageMembers: Allowed, manageApiKeys: Allowed }),
});
export type OrganizationView = z.infer<typeof OrganizationView>;

export const CreateApiKey = z.object({
  orgId: Id,
  description: shortText(250),
  roles: z.array(OrgRole).check(z.minLength(1)),
  projects: z._default(z.array(z.object({ projectId: Id, roles: z.array(ProjectRole).check(z.minLength(1)) })), []),
});
export type CreateApiKey = z.infer<typeof CreateApiKey>;
export const DeleteApiKey = z.object({ orgId: Id, apiKeyId: Id });
export type DeleteApiKey = z.infer<typeof DeleteApiKey>;

export const ApiKeyView = z.object({
  id: Id,
  publicKey: z.string(),
  /** "********-****-****-0123456789ab" */
  redactedPrivateKey: z.string(),
  description: z.string(),
  roles: z.array(RoleView),
  projects: z.array(z.object({ project: NamedRef, roles: z.array(RoleView) })),
  createdAt: z.date(),
  lastUsedAt: z.nullable(z.date()),
});
export type ApiKeyView = z.infer<typeof ApiKeyView>;
/** The one answer that holds a private key. */
export const CreatedApiKey = z.object({ key: ApiKeyView, privateKey: z.string() });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;
