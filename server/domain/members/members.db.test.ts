import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signIn } from "@/server/auth/sign-in";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeMember, makePerson, makeWorld, reload, type World } from "@/server/testing/people";

let test: TestDatabase;
let world: World;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  world = await makeWorld();
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { message: string }) => error.message,
  );
const typesOf = async () =>
  (await test.db.activityEntry.findMany({ where: { organizationId: world.org.id }, orderBy: { sequence: "asc" } })).map(
    (row) => row.type,
  );

describe("members of a project", () => {
  it("are added by address; somebody new gets a password that is shown once and must be changed", async () => {
    const added = await callerOf(world.owner).members.addProject({
      projectId: world.project.id,
      email: " New.Person@Example.com ",
      name: "Nora New",
      roles: ["GROUP_BACKUP_MANAGER"],
    });
    expect(added).toMatchObject({ name: "Nora New", email: "new.person@example.com" });
    const { user } = await signIn(
      { email: added.email, password: added.oneTimePassword! },
      { ip: null, userAgent: null },
    );
    const nora = await reload({ id: user.id, email: user.email, actor: world.owner.actor });
    const me = await callerOf(nora).account.me();
    expect(me.mustChangePassword).toBe(true);
    expect(me.organizations[0]?.projects.map((project) => project.id)).toEqual([world.project.id]);
    expect(await typesOf()).toEqual(["ORG_CREATED", "GROUP_CREATED", "JOINED_ORG", "JOINED_GROUP"]);
  });

  it("are not given a password when they have an account", async () => {
    const person = await makePerson("Eve Existing");
    const add = () =>
      callerOf(world.owner).members.addProject({
        projectId: world.project.id,
        email: person.email,
        roles: ["GROUP_READ_ONLY"],
      });
    expect(await add()).toMatchObject({ userId: person.id, oneTimePassword: null });
    expect(await codeOf(add())).toBe("USER_ALREADY_EXISTS");
  });

  it("keep at least one role, and the project keeps an owner", async () => {
    const { members } = callerOf(world.owner);
    const mine = { projectId: world.project.id, userId: world.owner.id };
    expect(await codeOf(members.updateProject({ ...mine, roles: [] }))).toBe("CANNOT_REMOVE_ALL_USER_ROLES");
    expect(await codeOf(members.updateProject({ ...mine, roles: ["GROUP_READ_ONLY"] }))).toBe(
      "CANNOT_REMOVE_LAST_GROUP_OWNER",
    );
    expect(await codeOf(members.removeProject(mine))).toBe("CANNOT_REMOVE_LAST_GROUP_OWNER");
    const second = await makeMember(world, { project: ["GROUP_OWNER"] });
    expect(await codeOf(callerOf(second).members.removeProject(mine))).toBe("done");
  });

  it("cannot both remove the other, so that no owner is left", async () => {
    const second = await makeMember(world, { project: ["GROUP_OWNER"] });
    const remove = (by: typeof second, userId: string) =>
      codeOf(callerOf(by).members.removeProject({ projectId: world.project.id, userId }));
    const answers = await Promise.all([remove(world.owner, second.id), remove(second, world.owner.id)]);
    expect(answers.sort()).toEqual(["CANNOT_REMOVE_LAST_GROUP_OWNER", "done"]);
  });

  it("do not make themselves more than they are by managing members", async () => {
    const manager = await makeMember(world, { project: ["GROUP_ACCESS_MANAGER"] });
    const { members } = callerOf(manager);
    const projectId = world.project.id;
    const friend = await makePerson();
    expect(
      await codeOf(members.updateProject({ projectId, userId: manager.id, roles: ["GROUP_BACKUP_MANAGER"] })),
    ).toBe("USER_UNAUTHORIZED");
    expect(await codeOf(members.addProject({ projectId, email: friend.email, roles: ["GROUP_OWNER"] }))).toBe(
      "USER_UNAUTHORIZED",
    );
    expect(await codeOf(members.removeProject({ projectId, userId: world.owner.id }))).toBe("USER_UNAUTHORIZED");
    expect(await codeOf(members.addProject({ projectId, email: friend.email, roles: ["GROUP_READ_ONLY"] }))).toBe(
      "done",
    );
  });

  it("see who can restore and why, and which owner of the organization cannot", async () => {
    const reader = await makeMember(world, { project: ["GROUP_READ_ONLY"], name: "Rita Reader" });
    await makeMember(world, { org: ["ORG_OWNER"], name: "Lena Lead" });
    const view = await callerOf(reader).members.listProject({ projectId: world.project.id });
    expect(view.whoCanRestore.map((row) => [row.role.label, row.names])).toEqual([["Project Owner", ["Olga Owner"]]]);
    expect(view.ownersWithoutRole).toEqual(["Lena Lead"]);
    expect(view.can.add).toEqual({
      allowed: false,
      reason: "Add members and change roles needs Project Owner or Project Access Manager.",
      needs: "Project Owner or Project Access Manager",
      whoHas: ["Lena Lead", "Olga Owner"],
    });
  });
});

describe("an Organization Owner", () => {
  it("has no backup rights before adding themselves, which everybody sees", async () => {
    const lead = await makeMember(world, { org: ["ORG_OWNER"], name: "Lena Lead" });
    const { id: projectId } = world.project;
    expect(await codeOf(callerOf(lead).snapshots.list({ projectId }))).toBe("USER_UNAUTHORIZED");
    const view = await callerOf(lead).projects.get({ projectId });
    expect([view.isMember, view.can.join.allowed, view.can.restore.allowed]).toEqual([false, true, false]);
    await callerOf(lead).projects.join({ projectId, role: "GROUP_BACKUP_MANAGER" });
    expect(await codeOf(callerOf(await reload(lead)).snapshots.list({ projectId }))).toBe("done");
    expect((await typesOf()).at(-1)).toBe("ADDED_SELF_TO_GROUP");
    expect(await codeOf(callerOf(lead).projects.join({ projectId, role: "GROUP_OWNER" }))).toBe("USER_ALREADY_EXISTS");
  });

  it("cannot be the last one to go", async () => {
    const { members } = callerOf(world.owner);
    const mine = { orgId: world.org.id, userId: world.owner.id };
    expect(await codeOf(members.updateOrg({ ...mine, roles: ["ORG_MEMBER"] }))).toBe("CANNOT_DEMOTE_LAST_ORG_OWNER");
    expect(await codeOf(members.updateOrg({ ...mine, roles: [] }))).toBe("CANNOT_REMOVE_ALL_USER_ROLES");
    expect(await codeOf(members.removeOrg(mine))).toBe("CANNOT_DELETE_LAST_ADMIN");
  });

  it("takes people out of every project with the organization, unless a project would lose its last owner", async () => {
    const lead = await makeMember(world, { org: ["ORG_OWNER"] });
    const reader = await makeMember(world, { project: ["GROUP_READ_ONLY"] });
    const { members } = callerOf(lead);
    expect(await codeOf(members.removeOrg({ orgId: world.org.id, userId: reader.id }))).toBe("done");
    expect(await test.db.projectMember.count({ where: { userId: reader.id } })).toBe(0);
    expect(await codeOf(members.removeOrg({ orgId: world.org.id, userId: world.owner.id }))).toBe(
      "CANNOT_REMOVE_LAST_GROUP_OWNER",
    );
  });
});

describe("an organization's API key", () => {
  it("is shown whole once and kept as what cannot be used", async () => {
    const { organizations } = callerOf(world.owner);
    const { key, privateKey } = await organizations.createApiKey({
      orgId: world.org.id,
      description: "Terraform",
      roles: ["ORG_MEMBER"],
      projects: [{ projectId: world.project.id, roles: ["GROUP_BACKUP_MANAGER"] }],
    });
    const row = await test.db.apiKey.findUniqueOrThrow({ where: { id: key.id } });
    expect(Buffer.from(row.ha1Sealed).toString("latin1")).not.toContain(privateKey);
    const [listed] = await organizations.apiKeys({ orgId: world.org.id });
    expect(listed?.redactedPrivateKey).toBe(`********-****-****-${privateKey.slice(-12)}`);
    expect(JSON.stringify(listed)).not.toContain(privateKey);
    await organizations.deleteApiKey({ orgId: world.org.id, apiKeyId: key.id });
    expect(await organizations.apiKeys({ orgId: world.org.id })).toEqual([]);
  });

  it("reaches no project of another organization", async () => {
    const other = await makeWorld();
    const create = callerOf(world.owner).organizations.createApiKey({
      orgId: world.org.id,
      description: "x",
      roles: ["ORG_MEMBER"],
      projects: [{ projectId: other.project.id, roles: ["GROUP_OWNER"] }],
    });
    expect(await codeOf(create)).toBe("GROUP_NOT_FOUND");
  });
});
