import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signIn } from "@/server/auth/sign-in";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf } from "@/server/testing/people";
import { issueSetupToken } from "./service";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

const form = (token: string) => ({
  token,
  name: "Olga Owner",
  email: "Olga@Example.com",
  password: "correct horse battery staple",
  organizationName: "Fernhollow",
  projectName: "Checkout",
});
const complete = (token: string) =>
  callerOf(null)
    .setup.complete(form(token))
    .then(
      () => "done",
      (error: { message: string }) => error.message,
    );

describe("the set-up of an empty installation", () => {
  it("needs the last token that the terminal printed, and works once", async () => {
    expect(await callerOf(null).setup.status()).toEqual({ needed: true, adopted: false });
    expect(await complete("")).toBe("VALIDATION_ERROR");
    expect(await complete("guess")).toBe("SETUP_TOKEN_INVALID");
    const first = await issueSetupToken();
    const second = await issueSetupToken();
    expect(await complete(first!)).toBe("SETUP_TOKEN_INVALID");
    expect(await test.db.user.count()).toBe(0);

    const answers = await Promise.all([complete(second!), complete(second!)]);
    expect(answers.sort()).toEqual(["SETUP_ALREADY_DONE", "done"]);
    expect(await issueSetupToken()).toBeNull();
    expect(await callerOf(null).setup.status()).toEqual({ needed: false, adopted: false });

    const { user } = await signIn(
      { email: "olga@example.com", password: form("").password },
      { ip: null, userAgent: null },
    );
    const member = await test.db.organizationMember.findFirstOrThrow({ where: { userId: user.id } });
    expect(member.roles).toEqual(["ORG_OWNER"]);
    expect((await test.db.projectMember.findFirstOrThrow({ where: { userId: user.id } })).roles).toEqual([
      "GROUP_OWNER",
    ]);
    expect(JSON.stringify(await test.db.setting.findMany())).not.toContain(second);
  });
});
