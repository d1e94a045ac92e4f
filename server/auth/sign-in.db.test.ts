import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { makePerson, PASSWORD } from "@/server/testing/people";
import { findUserActor } from "./load-actor";
import {
  createSession,
  findLiveSession,
  IDLE_MS,
  LIFETIME_MS,
  listLiveSessions,
  revokeOtherSessions,
  revokeSession,
} from "./sessions";
import { signIn } from "./sign-in";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(() => test.db.rateLimit.deleteMany());

const origin = { ip: "192.0.2.1", userAgent: "test" };
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "in",
    (error: { code: string }) => error.code,
  );

describe("signing in", () => {
  it("makes a session that lets in, whatever the case of the address", async () => {
    const person = await makePerson();
    const { session, user } = await signIn({ email: person.email.toUpperCase(), password: PASSWORD }, origin);
    expect(user.id).toBe(person.id);
    expect(await findLiveSession(session.id)).toMatchObject({ userId: person.id });
    expect((await test.db.user.findUniqueOrThrow({ where: { id: person.id } })).lastSignInAt).not.toBeNull();
  });

  it("answers alike for a wrong password, an unknown person and a disabled account", async () => {
    const person = await makePerson();
    const disabled = await makePerson();
    await test.db.user.update({ where: { id: disabled.id }, data: { disabledAt: new Date() } });
    const answers = await Promise.all(
      [person.email, "nobody@example.com"].map((email) => codeOf(signIn({ email, password: "wrong" }, origin))),
    );
    answers.push(await codeOf(signIn({ email: disabled.email, password: PASSWORD }, origin)));
    expect(answers).toEqual(["SIGN_IN_FAILED", "SIGN_IN_FAILED", "SIGN_IN_FAILED"]);
  });

  it("takes as long for an unknown person as for a wrong password", async () => {
    const person = await makePerson();
    const time = async (email: string) => {
      const began = performance.now();
      await codeOf(signIn({ email, password: "wrong" }, origin));
      return performance.now() - began;
    };
    await time("warm-up@example.com");
    const known: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 5; i++) {
      known.push(await time(person.email));
      unknown.push(await time("nobody@example.com"));
    }
    // The hash is most of it: without one, an unknown person would be answered in a tenth of the time.
    expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 3);
  });

  it("refuses after ten attempts for an address, the right password too, whether or not somebody has it", async () => {
    const person = await makePerson();
    for (const email of [person.email, "nobody@example.com"]) {
      for (let i = 0; i < 10; i++)
        expect(await codeOf(signIn({ email, password: "wrong" }, origin))).toBe("SIGN_IN_FAILED");
      expect(await codeOf(signIn({ email, password: PASSWORD }, origin))).toBe("RATE_LIMITED");
    }
  });

  it("lets in again when the window is over", async () => {
    const person = await makePerson();
    for (let i = 0; i < 11; i++) await codeOf(signIn({ email: person.email, password: "wrong" }, origin));
    await test.db.rateLimit.updateMany({ data: { expiresAt: new Date(0) } });
    expect(await codeOf(signIn({ email: person.email, password: PASSWORD }, origin))).toBe("in");
  });

  it("forgets wrong attempts after a right one", async () => {
    const person = await makePerson();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 8; i++) await codeOf(signIn({ email: person.email, password: "wrong" }, origin));
      expect(await codeOf(signIn({ email: person.email, password: PASSWORD }, origin))).toBe("in");
    }
  });
});

describe("a session", () => {
  it("is worth nothing once revoked, over, or its person disabled", async () => {
    const person = await makePerson();
    const [revoked, over, orphan] = await Promise.all([1, 2, 3].map(() => createSession(person.id, origin)));
    await revokeSession(person.id, revoked!.id);
    await test.db.session.update({ where: { id: over!.id }, data: { expiresAt: new Date() } });
    expect(await findLiveSession(revoked!.id)).toBeNull();
    expect(await findLiveSession(over!.id)).toBeNull();
    expect(await findLiveSession(orphan!.id)).not.toBeNull();
    await test.db.user.update({ where: { id: person.id }, data: { disabledAt: new Date() } });
    expect(await findLiveSession(orphan!.id)).toBeNull();
    expect(await findUserActor(person.id, null)).toBeNull();
  });

  it("cannot be revoked by somebody else", async () => {
    const [person, other] = [await makePerson(), await makePerson()];
    const session = await createSession(person.id, origin);
    expect(await revokeSession(other.id, session.id)).toBe(false);
    expect(await findLiveSession(session.id)).not.toBeNull();
  });

  it("lasts while it is used, and never beyond its lifetime", async () => {
    const person = await makePerson();
    const session = await createSession(person.id, origin);
    const anHourAgo = new Date(Date.now() - 3_600_000);
    await test.db.session.update({
      where: { id: session.id },
      data: { lastSeenAt: anHourAgo, expiresAt: new Date(Date.now() + 1000) },
    });
    const used = await findLiveSession(session.id);
    expect(used!.expiresAt.getTime()).toBeGreaterThan(Date.now() + IDLE_MS - 60_000);
    const createdAt = new Date(Date.now() - LIFETIME_MS + 5_000);
    await test.db.session.update({ where: { id: session.id }, data: { createdAt, lastSeenAt: anHourAgo } });
    expect((await findLiveSession(session.id))!.expiresAt.getTime()).toBeLessThan(Date.now() + 10_000);
  });

  it("of this browser stays when all others are ended", async () => {
    const person = await makePerson();
    const kept = await createSession(person.id, origin);
    await createSession(person.id, origin);
    await revokeOtherSessions(person.id, kept.id);
    expect((await listLiveSessions(person.id)).map((one) => one.id)).toEqual([kept.id]);
  });
});
