import { PERMISSIONS, type Permission, type PermissionFor } from "@/server/access/permissions";
import { notFound, requirePermission } from "@/server/access/require-permission";
import { authorize } from "@/server/domain/activity/authorize";
import { InOrg, InProject } from "@/server/domain/common/schema";
import { findOrgScope } from "@/server/domain/organizations/service";
import { findProjectScope } from "@/server/domain/projects/find-project";
import { DomainError } from "@/server/platform/errors/domain-error";
import { t, withStatus } from "./trpc";

const base = t.procedure.use(withStatus);

function signedOut(): DomainError {
  return new DomainError("SIGNED_OUT");
}

/** For what concerns a project: `ctx.project` is the row that `input.projectId` names, and the right was checked. */
function projectProcedure(permission: PermissionFor<"project">) {
  return base
    .meta({ permission })
    .input(InProject)
    .use(async ({ ctx, input, next }) => {
      const { actor } = ctx;
      if (!actor) throw signedOut();
      const project = await findProjectScope(input.projectId);
      if (!project) throw notFound({ project: { id: input.projectId, name: "", organizationId: "" } });
      await authorize(actor, permission, { project });
      return next({ ctx: { actor, project } });
    });
}

/** For what concerns an organization: `ctx.org` is the row that `input.orgId` names, and the right was checked. */
function orgProcedure(permission: PermissionFor<"org">) {
  return base
    .meta({ permission })
    .input(InOrg)
    .use(async ({ ctx, input, next }) => {
      const { actor } = ctx;
      if (!actor) throw signedOut();
      const org = await findOrgScope(input.orgId);
      if (!org) throw notFound({ org: { id: input.orgId, name: "" } });
      await authorize(actor, permission, { org });
      return next({ ctx: { actor, org } });
    });
}

/** For people about themselves. */
function selfProcedure(permission: PermissionFor<"self">) {
  return base.meta({ permission }).use(({ ctx, next }) => {
    const { actor, session } = ctx;
    if (!actor || !session) throw signedOut();
    requirePermission(actor, permission, null);
    return next({ ctx: { actor, session } });
  });
}

/** Without signing in. */
function openProcedure(permission: PermissionFor<"anyone">) {
  return base.meta({ permission });
}

type Procedures = {
  project: ReturnType<typeof projectProcedure>;
  org: ReturnType<typeof orgProcedure>;
  self: ReturnType<typeof selfProcedure>;
  anyone: ReturnType<typeof openProcedure>;
};

/**
 * The one way to make a procedure: the permission decides what the input must name and what the context holds then.
 *
 *   project   input.projectId -> ctx.project, ctx.actor
 *   org       input.orgId     -> ctx.org, ctx.actor
 *   self                      -> ctx.actor, ctx.session
 *   anyone                    -> nothing more
 */
export function procedureFor<P extends Permission>(permission: P): Procedures[(typeof PERMISSIONS)[P]["scope"]];
export function procedureFor(permission: Permission): Procedures[keyof Procedures] {
  switch (PERMISSIONS[permission].scope) {
    case "project":
      return projectProcedure(permission as PermissionFor<"project">);
    case "org":
      return orgProcedure(permission as PermissionFor<"org">);
    case "self":
      return selfProcedure(permission as PermissionFor<"self">);
    case "anyone":
      return openProcedure(permission as PermissionFor<"anyone">);
  }
}
