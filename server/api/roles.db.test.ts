import { TRPCError } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PERMISSIONS, type Permission } from "@/server/access/permissions";
import { can, canSee } from "@/server/access/require-permission";
import { ORG_ROLES, PROJECT_ROLES } from "@/server/access/schema";
import { closeQueue } from "@/server/jobs/queue";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeMember, makePerson, makeWorld, type Person, type World } from "@/server/testing/people";
import { appRouter } from "./root";
import type { Meta } from "./trpc";

let test: TestDatabase;
let world: World;
beforeAll(async () => {
  test = await createTestDatabase();
  world = await makeWorld();
});
afterAll(async () => {
  await closeQueue();
  await test.close();
});

/** "snapshots.take" */
type Path = string;
const procedures = appRouter._def.procedures as unknown as Record<Path, { _def: { meta: Meta } }>;
const paths = Object.keys(procedures);
const permissionOf = (path: Path): Permission => procedures[path]!._def.meta.permission;

const nobody = newId();
const uri = "mongodb://user:password@169.254.1.1:27017/";

/**
 * Valid input for each procedure that gets past the check and then finds nothing to change: ids that do not exist,
 * names that do not match.
 */
function inputOf(path: Path): unknown {
  const { org, project, owner } = world;
  const common = { orgId: org.id, projectId: project.id };
  const of: Partial<Record<Path, object>> = {
    "account.update": { name: "Same" },
    "account.changePassword": { currentPassword: "wrong", newPassword: "correct horse battery" },
    "account.endSession": { sessionId: nobody },
    "setup.complete": {
      token: "x",
      name: "N",
      email: "n@example.com",
      password: "correct horse battery",
      organizationName: "O",
    },
    "organizations.update": { name: org.name },
    "organizations.createApiKey": {
      description: "d",
      roles: ["ORG_MEMBER"],
      projects: [{ projectId: nobody, roles: ["GROUP_OWNER"] }],
    },
    "organizations.deleteApiKey": { apiKeyId: nobody },
    "projects.create": { name: project.name },
    "projects.rename": { name: project.name },
    "projects.join": { role: "GROUP_READ_ONLY" },
    "projects.delete": { typedName: "not its name" },
    "members.addOrg": { email: owner.email, roles: ["ORG_MEMBER"] },
    "members.updateOrg": { userId: nobody, roles: ["ORG_MEMBER"] },
    "members.removeOrg": { userId: nobody },
    "members.addProject": { email: owner.email, roles: ["GROUP_READ_ONLY"] },
    "members.updateProject": { userId: nobody, roles: ["GROUP_READ_ONLY"] },
    "members.removeProject": { userId: nobody },
    "clusters.byName": { name: "nothing" },
    "clusters.create": { name: "-", tier: "M10" },
    "clusters.testConnection": { connectionString: uri },
    "clusters.connect": { name: "refused", tier: "M10", connectionString: uri },
    "clusters.updateConnection": { connectionString: uri },
    "clusters.delete": { typedName: "x" },
    "snapshots.timeline": { from: new Date(0), to: new Date() },
    "restores.check": { targetProjectId: project.id, targetClusterId: nobody },
    "restores.start": { targetProjectId: project.id, targetClusterId: nobody, typedName: "x" },
    "search.all": { text: "check" },
    "storage.testNew": { location: "none:", credentials: { kind: "none" } },
    "storage.add": { name: "n", location: "none:", credentials: { kind: "none" } },
    "storage.update": { name: "n" },
    "storage.assign": { projectId: nobody, cloudProvider: "AWS", region: null },
  };
  const ids = {
    clusterId: nobody,
    snapshotId: nobody,
    restoreId: nobody,
    runId: nobody,
    targetId: nobody,
    repositoryId: nobody,
    assignmentId: nobody,
  };
  const optionalCluster = path === "snapshots.list" || path === "restores.list";
  return { ...common, ...(optionalCluster ? {} : ids), ...of[path] };
}

/** What the door says: let in (whatever comes after), or which refusal. */
async function knock(person: Person | null, path: Path): Promise<string> {
  const [router, name] = path.split(".") as [string, string];
  const caller = callerOf(person) as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
  try {
    await caller[router]![name]!(inputOf(path));
    return "in";
  } catch (error) {
    if (!(error instanceof TRPCError)) throw error;
    if (error.cause instanceof DomainError) {
      const { code, params } = error.cause;
      const isDoor = ["SIGNED_OUT", "ORG_NOT_FOUND", "USER_UNAUTHORIZED"].includes(code);
      const isHidden = code === "GROUP_NOT_FOUND" && params.groupId === world.project.id;
      return isDoor || isHidden ? code : "in";
    }
    if (error.code === "INTERNAL_SERVER_ERROR") throw error;
    return "in";
  }
}

/** The answer that the table and the rules of visibility give. */
function expected(person: Person | null, path: Path): string {
  const permission = permissionOf(path);
  const { scope } = PERMISSIONS[permission];
  if (scope === "anyone") return "in";
  if (!person) return "SIGNED_OUT";
  if (scope === "self") return "in";
  const place = scope === "org" ? { org: world.org } : { project: world.project };
  if (can(person.actor, permission, place)) return "in";
  if (canSee(person.actor, place)) return "USER_UNAUTHORIZED";
  return scope === "org" ? "ORG_NOT_FOUND" : "GROUP_NOT_FOUND";
}

async function play(person: Person | null): Promise<void> {
  const wrong: string[] = [];
  for (const path of paths) {
    const answer = await knock(person, path);
    const wanted = expected(person, path);
    if (answer !== wanted) wrong.push(`${path}: ${answer} instead of ${wanted}`);
    // What joining gave is taken away again, so that the next procedure sees the role alone.
    if (path === "projects.join" && answer === "in" && person) {
      await test.db.projectMember.deleteMany({ where: { userId: person.id } });
    }
  }
  expect(wrong).toEqual([]);
}

describe("every procedure, played by", () => {
  it("nobody", () => play(null));

  it("an outsider, to whom nothing exists", async () => {
    const outsider = await makePerson("Otto Outsider");
    await play(outsider);
    expect(await knock(outsider, "snapshots.list")).toBe("GROUP_NOT_FOUND");
  });

  it.each(ORG_ROLES.map((role) => [role]))("%s without a project role", async (role) => {
    await play(await makeMember(world, { org: [role] }));
  });

  it.each(PROJECT_ROLES.map((role) => [role]))("%s", async (role) => {
    await play(await makeMember(world, { project: [role] }));
  });

  it("somebody who has every role, whom nothing refuses", async () => {
    const all = await makeMember(world, { org: [...ORG_ROLES], project: [...PROJECT_ROLES] });
    for (const path of paths) expect([path, await knock(all, path)]).toEqual([path, "in"]);
  });
});

describe("a project that does not exist", () => {
  it("answers like one that the person does not belong to", async () => {
    const outsider = await makePerson("Otto Outsider");
    const ask = (projectId: string) =>
      callerOf(outsider)
        .projects.get({ projectId })
        .catch((error: TRPCError) => ({
          code: error.code,
          message: error.message,
          params: Object.keys((error.cause as DomainError).params),
        }));
    expect(await ask(world.project.id)).toEqual(await ask(nobody));
  });
});
