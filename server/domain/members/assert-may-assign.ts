import type { Actor } from "@/server/access/actor";
import { can, type ProjectScope } from "@/server/access/require-permission";
import { roleLabel } from "@/server/access/roles";
import { DomainError } from "@/server/platform/errors/domain-error";

interface Assignment {
  email: string;
  before: readonly string[];
  after: readonly string[];
}

/**
 * Nobody makes themselves more than they are. Who manages members without owning the project neither gives nor takes
 * the owner's role, and does not change their own roles. Throws USER_UNAUTHORIZED.
 */
export function assertMayAssign(actor: Actor, project: ProjectScope, assignment: Assignment): void {
  if (can(actor, "project.delete", { project })) return;
  const touchesOwner = assignment.before.includes("GROUP_OWNER") !== assignment.after.includes("GROUP_OWNER");
  const isOwnRole = actor.email !== null && actor.email === assignment.email;
  if (!touchesOwner && !isOwnRole) return;
  throw new DomainError("USER_UNAUTHORIZED", {
    message: touchesOwner ? "only an owner gives or takes the owner's role" : "nobody changes their own roles",
    params: { permission: "project.member.manage", roles: roleLabel("GROUP_OWNER") },
  });
}
