import type { Actor } from "@/server/access/actor";
import { PERMISSIONS, type Permission, type PermissionRule } from "@/server/access/permissions";
import type { OrgScope, ProjectScope } from "@/server/access/require-permission";
import { ORG_ROLE_WORDS, ORG_ROLES, presentRole, PROJECT_ROLE_WORDS, PROJECT_ROLES } from "@/server/access/roles";
import { db } from "@/server/platform/db";
import { explainOrgRights, explainRights } from "./explain-rights";
import type { OrgMembersView, ProjectMembersView } from "./schema";

async function lastSeen(userIds: string[]): Promise<Map<string, Date | null>> {
  const rows = await db().session.groupBy({
    by: ["userId"],
    where: { userId: { in: userIds } },
    _max: { lastSeenAt: true },
  });
  return new Map(rows.map((row) => [row.userId, row._max.lastSeenAt]));
}

export async function listOrgMembers(actor: Actor, org: OrgScope): Promise<OrgMembersView> {
  const [rows, explain] = await Promise.all([
    db().organizationMember.findMany({
      where: { organizationId: org.id },
      orderBy: { user: { name: "asc" } },
      select: {
        userId: true,
        roles: true,
        createdAt: true,
        user: {
          select: {
            name: true,
            email: true,
            _count: { select: { projects: { where: { project: { organizationId: org.id } } } } },
          },
        },
      },
    }),
    explainOrgRights(actor, org),
  ]);
  const seen = await lastSeen(rows.map((row) => row.userId));
  const owners = rows.filter((row) => row.roles.includes("ORG_OWNER")).length;
  return {
    members: rows.map((row) => {
      const isLastOwner = owners === 1 && row.roles.includes("ORG_OWNER");
      return {
        userId: row.userId,
        name: row.user.name,
        email: row.user.email,
        isYou: row.userId === actor.id,
        roles: row.roles.map(presentRole),
        projectCount: row.user._count.projects,
        lastSeenAt: seen.get(row.userId) ?? null,
        joinedAt: row.createdAt,
        can: {
          changeRoles: explain("org.member.manage"),
          remove: explain("org.member.manage", isLastOwner ? "An organization needs an owner." : null),
        },
      };
    }),
    assignableRoles: ORG_ROLES.map((role) => ({ role, ...ORG_ROLE_WORDS[role] })),
    can: { add: explain("org.member.manage") },
  };
}

/** The columns of "What each role may do with backups", in the order people ask. */
const BACKUP_ACTIONS = [
  ["snapshot.read", "See snapshots"],
  ["snapshot.take", "Take snapshot"],
  ["restore.start", "Restore"],
  ["snapshot.verify", "Verify"],
  ["snapshot.delete", "Delete snapshot"],
] as const satisfies ReadonlyArray<readonly [Permission, string]>;

const grants = (permission: Permission, role: string): boolean => {
  const rule: PermissionRule = PERMISSIONS[permission];
  return rule.project.some((granting) => granting === role);
};

function backupMatrix(heldRoles: ReadonlySet<string>): ProjectMembersView["backupMatrix"] {
  const isAboutBackups = (role: string) =>
    role === "GROUP_READ_ONLY" || grants("restore.start", role) || grants("snapshot.take", role);
  const roles = PROJECT_ROLES.filter((role) => heldRoles.has(role) || isAboutBackups(role));
  return {
    actions: BACKUP_ACTIONS.map(([key, label]) => ({ key, label })),
    rows: roles.map((role) => ({
      role: presentRole(role),
      allowed: BACKUP_ACTIONS.map(([permission]) => grants(permission, role)),
    })),
  };
}

export async function listProjectMembers(actor: Actor, project: ProjectScope): Promise<ProjectMembersView> {
  const [rows, owners, explain] = await Promise.all([
    db().projectMember.findMany({
      where: { projectId: project.id },
      orderBy: { user: { name: "asc" } },
      select: {
        userId: true,
        roles: true,
        addedById: true,
        createdAt: true,
        user: { select: { name: true, email: true } },
      },
    }),
    db().organizationMember.findMany({
      where: { organizationId: project.organizationId, roles: { has: "ORG_OWNER" } },
      select: { userId: true, user: { select: { name: true } } },
    }),
    explainRights(actor, [project], ["project.member.manage"]),
  ]);
  const adders = await db().user.findMany({
    where: { id: { in: rows.flatMap((row) => row.addedById ?? []) } },
    select: { id: true, name: true },
  });
  const adderNames = new Map(adders.map((user) => [user.id, user.name]));
  const seen = await lastSeen(rows.map((row) => row.userId));
  const memberIds = new Set(rows.map((row) => row.userId));
  const ownerCount = rows.filter((row) => row.roles.includes("GROUP_OWNER")).length;
  const isLastOwner = (roles: string[]) => ownerCount === 1 && roles.includes("GROUP_OWNER");
  return {
    members: rows.map((row) => ({
      userId: row.userId,
      name: row.user.name,
      email: row.user.email,
      isYou: row.userId === actor.id,
      roles: row.roles.map(presentRole),
      addedBy: row.addedById ? (adderNames.get(row.addedById) ?? null) : null,
      canRestore: row.roles.some((role) => grants("restore.start", role)),
      lastSeenAt: seen.get(row.userId) ?? null,
      joinedAt: row.createdAt,
      can: {
        changeRoles: explain(project, "project.member.manage"),
        remove: explain(
          project,
          "project.member.manage",
          isLastOwner(row.roles) ? "A project needs an owner. Give somebody else the role first." : null,
        ),
      },
    })),
    whoCanRestore: PROJECT_ROLES.filter((role) => grants("restore.start", role)).flatMap((role) => {
      const names = rows.filter((row) => row.roles.includes(role)).map((row) => row.user.name);
      const gives = BACKUP_ACTIONS.filter(([permission]) => grants(permission, role)).map(([, label]) => label);
      return names.length > 0 ? [{ role: presentRole(role), names, gives }] : [];
    }),
    ownersWithoutRole: owners.filter((owner) => !memberIds.has(owner.userId)).map((owner) => owner.user.name),
    assignableRoles: PROJECT_ROLES.map((role) => ({ role, ...PROJECT_ROLE_WORDS[role] })),
    backupMatrix: backupMatrix(new Set(rows.flatMap((row) => row.roles))),
    can: { add: explain(project, "project.member.manage") },
  };
}
