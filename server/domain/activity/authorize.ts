import type { Actor } from "@/server/access/actor";
import { findRule, type Permission } from "@/server/access/permissions";
import { requirePermission, type Scope } from "@/server/access/require-permission";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { recordRefusal } from "./record-refusal";

/** Looking at something without the right is refused but not worth an entry. */
const isLook = (permission: Permission): boolean => /\.(read|list|search|connect)$/.test(permission);

/**
 * `requirePermission`, and an entry in the feed when a member tries to change what they may not. The one check of
 * tRPC procedures and REST routes.
 */
export async function authorize(actor: Actor | null, permission: Permission, scope: Scope): Promise<void> {
  try {
    requirePermission(actor, permission, scope);
  } catch (error) {
    if (actor && scope && isDomainError(error, "USER_UNAUTHORIZED") && !isLook(permission)) {
      const place =
        "org" in scope
          ? { organizationId: scope.org.id }
          : { organizationId: scope.project.organizationId, projectId: scope.project.id };
      const details = { action: findRule(permission)?.label ?? permission, permission };
      await recordRefusal({ ...place, type: "ACCESS_REFUSED", actor, details }, error);
    }
    throw error;
  }
}
