import type { Actor } from "@/server/access/actor";
import { can, type OrgScope, type ProjectScope } from "@/server/access/require-permission";
import { presentRole, roleLabel } from "@/server/access/roles";
import { db, isUniqueViolation } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import type { NamedRef } from "../common/schema";
import { explainRights } from "../members/explain-rights";
import { listVisibleProjects } from "./find-project";
import { insertProject } from "./insert-project";
import type { CreateProject, JoinProject, ProjectListItem, ProjectView, RenameProject } from "./schema";

function nameTaken(error: unknown, name: string): unknown {
  return isUniqueViolation(error) ? new DomainError("GROUP_ALREADY_EXISTS", { params: { name }, cause: error }) : error;
}

/** Why nobody who is a member can join. */
const ALREADY_MEMBER = "You are a member of this project already.";

/** The organization's projects that the actor can see, by name. */
export async function listProjects(actor: Actor, org: OrgScope): Promise<ProjectListItem[]> {
  const projects = await listVisibleProjects(actor, org);
  const ids = projects.map((project) => project.id);
  const [rows, explain] = await Promise.all([
    db().project.findMany({
      where: { id: { in: ids } },
      select: {
        id: true,
        createdAt: true,
        _count: { select: { members: true, clusters: { where: { deletedAt: null } } } },
      },
    }),
    explainRights(actor, projects, ["project.join", "cluster.read"]),
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return projects.flatMap((project) => {
    const row = byId.get(project.id);
    if (!row) return [];
    const isMember = actor.projectRoles(project.id).length > 0;
    return {
      id: project.id,
      name: project.name,
      createdAt: row.createdAt,
      isMember,
      myRoles: actor.projectRoles(project.id).map(presentRole),
      clusterCount: can(actor, "cluster.read", { project }) ? row._count.clusters : null,
      memberCount: row._count.members,
      can: {
        join: explain(project, "project.join", isMember ? ALREADY_MEMBER : null),
        readClusters: explain(project, "cluster.read"),
      },
    };
  });
}

export async function getProject(actor: Actor, project: ProjectScope): Promise<ProjectView> {
  const [row, explain] = await Promise.all([
    db().project.findUniqueOrThrow({
      where: { id: project.id },
      select: { createdAt: true, organization: { select: { id: true, name: true } } },
    }),
    explainRights(actor, [project], ["project.delete", "snapshot.delete", "cluster.create", "restore.start"]),
  ]);
  const isMember = actor.projectRoles(project.id).length > 0;
  return {
    id: project.id,
    name: project.name,
    createdAt: row.createdAt,
    organization: { id: row.organization.id, name: row.organization.name },
    isMember,
    myRoles: actor.projectRoles(project.id).map(presentRole),
    can: {
      join: explain(project, "project.join", isMember ? ALREADY_MEMBER : null),
      update: explain(project, "project.update"),
      delete: explain(project, "project.delete"),
      readClusters: explain(project, "cluster.read"),
      createCluster: explain(project, "cluster.create"),
      takeSnapshot: explain(project, "snapshot.take"),
      readRestores: explain(project, "restore.read"),
      restore: explain(project, "restore.start"),
      manageMembers: explain(project, "project.member.manage"),
      readActivity: explain(project, "activity.read"),
    },
  };
}

/** Throws GROUP_ALREADY_EXISTS for a name that the organization has. */
export async function createProject(actor: Actor, org: OrgScope, input: CreateProject): Promise<NamedRef> {
  try {
    const project = await db().$transaction((tx) => insertProject(tx, actor, org, input.name));
    return { id: project.id, name: project.name };
  } catch (error) {
    throw nameTaken(error, input.name);
  }
}

export async function renameProject(actor: Actor, project: ProjectScope, input: RenameProject): Promise<void> {
  const { id: projectId, organizationId } = project;
  try {
    await db().$transaction(async (tx) => {
      await tx.project.update({ where: { id: projectId }, data: { name: input.name } });
      const details = { from: project.name, to: input.name };
      await recordActivity(tx, { organizationId, projectId, type: "GROUP_RENAMED", actor, details });
    });
  } catch (error) {
    throw nameTaken(error, input.name);
  }
}

/** "Add me to this project": everybody sees it in the activity. Throws USER_ALREADY_EXISTS for a member. */
export async function joinProject(actor: Actor, project: ProjectScope, input: JoinProject): Promise<void> {
  if (actor.type !== "user") throw new DomainError("USER_UNAUTHORIZED", { message: "only people join a project" });
  const { id: projectId, organizationId } = project;
  try {
    await db().$transaction(async (tx) => {
      const member = { projectId, userId: actor.id, roles: [input.role], addedById: actor.id };
      await tx.projectMember.create({ data: member });
      const details = { roles: [roleLabel(input.role)] };
      await recordActivity(tx, { organizationId, projectId, type: "ADDED_SELF_TO_GROUP", actor, details });
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw new DomainError("USER_ALREADY_EXISTS", { params: { name: actor.name } });
    throw error;
  }
}
