import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeMember, makeWorld } from "@/server/testing/people";
import { recordActivity } from "./record-activity";
import { recordRefusal } from "./record-refusal";
import { DomainError } from "@/server/platform/errors/domain-error";
import { verifyChain } from "./service";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

describe("the activity of an organization", () => {
  it("is one unbroken chain, however many write at once", async () => {
    const world = await makeWorld();
    const before = (await verifyChain(world.org)).entries;
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        test.db.$transaction((tx) =>
          recordActivity(tx, {
            organizationId: world.org.id,
            projectId: index % 2 ? world.project.id : null,
            type: "GROUP_RENAMED",
            actor: world.owner.actor,
            details: { to: `name ${index}`, list: ["b", "a"], nested: null },
          }),
        ),
      ),
    );
    expect(await verifyChain(world.org)).toEqual({ intact: true, entries: before + 20, brokenAt: null });
  });

  it.each([
    ["changed", (id: string) => test.db.activityEntry.update({ where: { id }, data: { actorName: "Somebody else" } })],
    [
      "changed in its details",
      (id: string) => test.db.activityEntry.update({ where: { id }, data: { details: { name: "x" } } }),
    ],
    ["removed", (id: string) => test.db.activityEntry.delete({ where: { id } })],
  ])("says where an entry was %s", async (_how, tamper) => {
    const world = await makeWorld();
    await callerOf(world.owner).projects.create({ orgId: world.org.id, name: "Second" });
    const entry = await test.db.activityEntry.findFirstOrThrow({
      where: { organizationId: world.org.id, sequence: 2n },
    });
    await tamper(entry.id);
    const chain = await verifyChain(world.org);
    expect(chain.intact).toBe(false);
    expect(chain.brokenAt).toBeGreaterThanOrEqual(2);
  });

  it("loses nothing and tells nothing when the change is rolled back", async () => {
    const world = await makeWorld();
    const before = await verifyChain(world.org);
    const failed = test.db.$transaction(async (tx) => {
      await recordActivity(tx, { organizationId: world.org.id, type: "GROUP_RENAMED", actor: world.owner.actor });
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await verifyChain(world.org)).toEqual(before);
  });

  it("tells of who tried what they may not, and from where", async () => {
    const world = await makeWorld();
    const reader = await makeMember(world, { project: ["GROUP_READ_ONLY"], name: "Rita Reader" });
    await expect(callerOf(reader).projects.rename({ projectId: world.project.id, name: "Mine" })).rejects.toThrow();
    await callerOf(reader).clusters.list({ projectId: world.project.id });
    const { items } = await callerOf(reader).activity.listProject({ projectId: world.project.id });
    expect(items[0]).toMatchObject({
      type: "ACCESS_REFUSED",
      outcome: "REFUSED",
      actor: { name: "Rita Reader" },
      ip: "192.0.2.7",
    });
    expect(items.filter((item) => item.outcome === "REFUSED")).toHaveLength(1);
  });

  it("is not filled by somebody who tries again and again", async () => {
    const world = await makeWorld();
    const refuse = () =>
      recordRefusal(
        { organizationId: world.org.id, projectId: world.project.id, type: "ACCESS_REFUSED", actor: world.owner.actor },
        new DomainError("USER_UNAUTHORIZED"),
      );
    for (let i = 0; i < 30; i++) await refuse();
    const refused = await test.db.activityEntry.count({ where: { organizationId: world.org.id, outcome: "REFUSED" } });
    expect(refused).toBe(20);
  });

  it("shows a member nothing of projects that they do not belong to", async () => {
    const world = await makeWorld();
    const outsider = await makeMember(world, { org: ["ORG_MEMBER"] });
    const { items } = await callerOf(outsider).activity.listOrg({ orgId: world.org.id });
    expect(items.map((item) => item.type)).toEqual(["ORG_CREATED"]);
  });

  it("comes page by page without a gap or a repetition", async () => {
    const world = await makeWorld();
    for (let i = 0; i < 7; i++) {
      await test.db.$transaction((tx) =>
        recordActivity(tx, {
          organizationId: world.org.id,
          projectId: world.project.id,
          type: "GROUP_RENAMED",
          actor: world.owner.actor,
          details: { i },
        }),
      );
    }
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: Array<{ sequence: number }>; nextCursor: string | null } = await callerOf(
        world.owner,
      ).activity.listProject({ projectId: world.project.id, limit: 3, cursor });
      seen.push(...page.items.map((item) => item.sequence));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2]);
  });
});
