import { makeApiKeySecret } from "@/server/auth/api-key-secret";
import { hashPassword, makeOneTimePassword } from "@/server/auth/passwords";
import { makeActor } from "@/server/access/actor";
import { recordActivity, type Happening } from "@/server/domain/activity/record-activity";
import { embeddedConnectionString } from "@/server/domain/clusters/open-deployment";
import { makeSealedIdKey } from "@/server/domain/repositories/open-repository";
import { createBuiltInTarget } from "@/server/domain/storage/built-in-target";
import {
  DEPLOYMENT_WANTED_CHANNEL,
  EMBEDDED_PASSWORD_PURPOSE,
  embeddedReplicaSetName,
} from "@/server/jobs/definitions/embedded-deployment";
import { seal } from "@/server/platform/crypto";
import type { Db, Tx } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { notify } from "@/server/platform/postgres";
import { CLUSTERS, type DemoCluster } from "./clusters";
import { type DemoFacts, saveDemo } from "./demo-file";
import { type DemoPerson, ORGANIZATION, PEOPLE, PROJECTS, type ProjectName } from "./people";

/** The ordinary database user of each demo cluster: reads and writes any database, manages nothing. */
export const DATABASE_USER = "app";

type ProjectIds = Record<ProjectName, string>;

const SEEDER = makeActor({ type: "system", id: "", name: "Demo" });

/** Makes the organization, its people, keys, projects and cluster rows, and remembers how to use them. All or nothing. */
export async function createDemoRows(db: Db, ports: readonly number[]): Promise<DemoFacts> {
  const passwords = PEOPLE.map(() => makeOneTimePassword());
  const hashes = await Promise.all(passwords.map(hashPassword));
  return db.$transaction(
    async (tx) => {
      const orgId = newId();
      await tx.organization.create({ data: { id: orgId, name: ORGANIZATION, idKeySealed: makeSealedIdKey() } });
      await createBuiltInTarget(tx, orgId);
      const projects = Object.fromEntries(PROJECTS.map((name) => [name, newId()])) as ProjectIds;
      for (const name of PROJECTS) {
        await tx.project.create({ data: { id: projects[name], organizationId: orgId, name } });
      }
      const users: DemoFacts["users"] = [];
      for (const [index, person] of PEOPLE.entries()) {
        users.push(await createPerson(tx, orgId, projects, person, passwords[index]!, hashes[index]!));
      }
      const api = await createApiKey(tx, orgId, projects);
      const clusters: DemoFacts["clusters"] = [];
      const toLoad: string[] = [];
      const happenings: Happening[] = [{ organizationId: orgId, type: "ORG_CREATED", actor: SEEDER }];
      for (const name of PROJECTS) {
        happenings.push({ organizationId: orgId, projectId: projects[name], type: "GROUP_CREATED", actor: SEEDER });
      }
      for (const [index, cluster] of CLUSTERS.entries()) {
        const projectId = projects[cluster.project];
        const made = await createCluster(tx, projectId, cluster, ports[index]!);
        clusters.push(made.facts);
        toLoad.push(made.id);
        const happened = { id: made.id, name: cluster.name };
        happenings.push({
          organizationId: orgId,
          projectId,
          type: "CLUSTER_CREATED",
          actor: SEEDER,
          cluster: happened,
        });
      }
      const facts: DemoFacts = { api, users, clusters };
      await saveDemo(tx, facts, toLoad);
      for (const happening of happenings) await recordActivity(tx, happening);
      await notify(tx, DEPLOYMENT_WANTED_CHANNEL, "");
      return facts;
    },
    { timeout: 30_000 },
  );
}

async function createPerson(
  tx: Tx,
  organizationId: string,
  projects: ProjectIds,
  person: DemoPerson,
  password: string,
  passwordHash: string,
): Promise<DemoFacts["users"][number]> {
  const { name, email, orgRoles, projectRoles } = person;
  const userId = newId();
  await tx.user.create({ data: { id: userId, email, name, passwordHash } });
  if (orgRoles.length > 0) {
    await tx.organizationMember.create({ data: { organizationId, userId, roles: [...orgRoles] } });
  }
  const roles: Record<string, string[]> = {};
  for (const [project, given] of Object.entries(projectRoles) as Array<[ProjectName, readonly string[]]>) {
    roles[projects[project]] = [...given];
    await tx.projectMember.create({ data: { projectId: projects[project], userId, roles: [...given] } });
  }
  return { email, password, name, orgRoles: [...orgRoles], projectRoles: roles };
}

async function createApiKey(tx: Tx, organizationId: string, projects: ProjectIds): Promise<DemoFacts["api"]> {
  const { publicKey, privateKey, ha1Sealed, privateKeyTail } = makeApiKeySecret();
  const id = newId();
  const data = { id, organizationId, publicKey, ha1Sealed, privateKeyTail, description: "Demo", roles: ["ORG_OWNER"] };
  await tx.apiKey.create({ data });
  for (const projectId of Object.values(projects)) {
    await tx.apiKeyProject.create({ data: { apiKeyId: id, projectId, roles: ["GROUP_OWNER"] } });
  }
  return { publicKey, privateKey, orgId: organizationId };
}

async function createCluster(
  tx: Tx,
  projectId: string,
  cluster: DemoCluster,
  port: number,
): Promise<{ id: string; facts: DemoFacts["clusters"][number] }> {
  const id = newId();
  const { name, tier, cloudProvider, region, mongoDBVersion, diskSizeBytes } = cluster;
  await tx.cluster.create({
    data: {
      id,
      projectId,
      name,
      liveName: name,
      tier,
      cloudProvider,
      region,
      mongoDBVersion,
      fcv: mongoDBVersion.split(".").slice(0, 2).join("."),
      replicaSetName: embeddedReplicaSetName(id),
      deploymentKind: "EMBEDDED",
      state: "CREATING",
      backupEnabled: /^M[1-9]\d/.test(tier),
      diskSizeBytes,
      embedded: { create: { port, rootPasswordSealed: seal(makeOneTimePassword(), EMBEDDED_PASSWORD_PURPOSE) } },
    },
  });
  const connectionString = embeddedConnectionString(port, DATABASE_USER, makeOneTimePassword());
  return { id, facts: { groupId: projectId, name, tier, mongoDBVersion, connectionString } };
}
