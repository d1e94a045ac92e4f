import { makeActor, type Actor } from "@/server/access/actor";
import type { OrgRole, ProjectRole } from "@/server/access/schema";
import type { OrgScope, ProjectScope } from "@/server/access/require-permission";
import type { Context } from "@/server/api/context";
import { createCaller } from "@/server/api/root";
import { findUserActor } from "@/server/auth/load-actor";
import { hashPassword } from "@/server/auth/passwords";
import { createOrganization } from "@/server/domain/organizations/create-organization";
import { createUser } from "@/server/domain/members/create-user";
import { insertProject } from "@/server/domain/projects/insert-project";
import { countKept } from "@/server/domain/snapshots/count-kept";
import { db, type ClusterModel, type Prisma, type SnapshotModel } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";

/** Rows for tests, made the way the product makes them where that has rules. */

export interface Person {
  actor: Actor;
  id: string;
  email: string;
}

export interface World {
  org: OrgScope;
  project: ProjectScope;
  /** Organization Owner and Project Owner. */
  owner: Person;
}

/** The password of everybody here. */
export const PASSWORD = "everybody's password";
let passwordHash: Promise<string> | null = null;

/** A person without any role. */
export async function makePerson(name = "Someone"): Promise<Person> {
  const email = `${name.toLowerCase().replace(/\W+/g, "-")}-${newId()}@example.com`;
  passwordHash ??= hashPassword(PASSWORD);
  const user = await createUser(db(), { email, name, passwordHash: await passwordHash, mustChangePassword: false });
  return { id: user.id, email, actor: makeActor({ type: "user", id: user.id, name, email }) };
}

/** The person as they stand now, roles included. */
export async function reload(person: Person): Promise<Person> {
  const actor = await findUserActor(person.id, "192.0.2.7");
  if (!actor) throw new Error(`${person.email} is gone`);
  return { ...person, actor };
}

export async function makeWorld(): Promise<World> {
  const owner = await makePerson("Olga Owner");
  const { org, project } = await db().$transaction(async (tx) => {
    const made = await createOrganization(tx, owner.actor, { name: "Fernhollow", ownerId: owner.id });
    return { org: made, project: await insertProject(tx, owner.actor, made, `Checkout ${newId()}`) };
  });
  return { org, project, owner: await reload(owner) };
}

/** A person with these roles in the world's organization and project. */
export async function makeMember(
  world: World,
  roles: { org?: OrgRole[]; project?: ProjectRole[]; name?: string },
): Promise<Person> {
  const person = await makePerson(roles.name ?? "Mia Member");
  const orgRoles = roles.org ?? (roles.project ? ["ORG_MEMBER" as const] : []);
  if (orgRoles.length > 0) {
    const data = { organizationId: world.org.id, userId: person.id, roles: orgRoles };
    await db().organizationMember.create({ data });
  }
  if (roles.project) {
    await db().projectMember.create({ data: { projectId: world.project.id, userId: person.id, roles: roles.project } });
  }
  return reload(person);
}

/** A cluster's row; nothing runs behind it. */
export function makeCluster(
  project: ProjectScope,
  over: Partial<Prisma.ClusterUncheckedCreateInput> = {},
): Promise<ClusterModel> {
  const name = over.name ?? `cluster-${newId().slice(-8)}`;
  return db().cluster.create({
    data: {
      id: newId(),
      projectId: project.id,
      name,
      liveName: name,
      tier: "M10",
      cloudProvider: "AWS",
      region: "EU_CENTRAL_1",
      mongoDBVersion: "8.0.4",
      fcv: "8.0",
      deploymentKind: "EXTERNAL",
      state: "IDLE",
      backupEnabled: true,
      reachable: true,
      ...over,
    },
  });
}

/** A snapshot's row, completed unless told otherwise; there is no data behind it. */
export async function makeSnapshot(
  cluster: ClusterModel,
  over: Partial<Prisma.SnapshotUncheckedCreateInput> = {},
): Promise<SnapshotModel> {
  const createdAt = (over.createdAt as Date | undefined) ?? new Date();
  const snapshot = await db().snapshot.create({
    data: {
      id: newId(createdAt),
      clusterId: cluster.id,
      projectId: cluster.projectId,
      clusterName: cluster.name,
      clusterTier: cluster.tier,
      cloudProvider: cluster.cloudProvider,
      region: cluster.region,
      kind: "ON_DEMAND",
      status: "COMPLETED",
      retentionDays: 7,
      createdAt,
      finishedAt: createdAt,
      expiresAt: new Date(createdAt.getTime() + 7 * 86_400_000),
      mongoDBVersion: cluster.mongoDBVersion,
      fcv: cluster.fcv,
      ...over,
    },
  });
  await countKept(db(), snapshot, 1);
  return snapshot;
}

/** Procedures, called as this person (null: nobody is signed in). */
export function callerOf(person: Person | null) {
  const session = person && { id: newId(), userId: person.id, expiresAt: new Date(8.64e14) };
  const context: Context = {
    actor: person?.actor ?? null,
    session,
    ip: "192.0.2.7",
    requestId: "test",
    refresh: () => Promise.resolve(person?.actor ?? null),
  };
  return createCaller(context);
}
