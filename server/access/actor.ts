import type { OrgRole, ProjectRole } from "./schema";

export type ActorType = "user" | "apiKey" | "system";

/** Who does something: known, with their roles as they stood when the request came in. */
export interface Actor {
  readonly type: ActorType;
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  /** Where the request came from; null inside a worker. */
  readonly ip: string | null;
  /** Roles in the organization; empty: not a member. */
  orgRoles(orgId: string): readonly OrgRole[];
  /** Roles in the project itself, without what an organization role gives. */
  projectRoles(projectId: string): readonly ProjectRole[];
  /** Organizations and projects in which the actor holds a role. */
  readonly orgIds: readonly string[];
  readonly projectIds: readonly string[];
}

export interface ActorFacts {
  type: ActorType;
  id: string;
  name: string;
  email?: string | null;
  ip?: string | null;
  orgRoles?: Readonly<Record<string, readonly OrgRole[]>>;
  projectRoles?: Readonly<Record<string, readonly ProjectRole[]>>;
}

/** An actor from what is known of it. */
export function makeActor(facts: ActorFacts): Actor {
  const org = new Map(Object.entries(facts.orgRoles ?? {}));
  const project = new Map(Object.entries(facts.projectRoles ?? {}));
  return {
    type: facts.type,
    id: facts.id,
    name: facts.name,
    email: facts.email ?? null,
    ip: facts.ip ?? null,
    orgRoles: (orgId) => org.get(orgId) ?? [],
    projectRoles: (projectId) => project.get(projectId) ?? [],
    orgIds: [...org].filter(([, roles]) => roles.length > 0).map(([id]) => id),
    projectIds: [...project].filter(([, roles]) => roles.length > 0).map(([id]) => id),
  };
}

/** The installation itself: expiry, sweeping. It holds no role, so no permission check lets it through. */
export const SYSTEM: Actor = makeActor({ type: "system", id: "", name: "Holdfast" });
