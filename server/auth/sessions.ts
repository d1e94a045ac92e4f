import { db } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";

/** A session ends this long after it was last used, and this long after the sign-in whatever happens. */
export const IDLE_MS = 12 * 60 * 60_000;
export const LIFETIME_MS = 7 * 24 * 60 * 60_000;
/** How exactly the last use is kept. */
const TOUCH_EVERY_MS = 60_000;

export interface LiveSession {
  id: string;
  userId: string;
  expiresAt: Date;
}

export interface Origin {
  ip: string | null;
  userAgent: string | null;
}

export async function createSession(userId: string, origin: Origin): Promise<LiveSession> {
  const now = new Date();
  const session = await db().session.create({
    data: {
      id: newId(now),
      userId,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(now.getTime() + IDLE_MS),
      ip: origin.ip,
      userAgent: origin.userAgent?.slice(0, 300) ?? null,
    },
    select: { id: true, userId: true, expiresAt: true },
  });
  await db().user.update({ where: { id: userId }, data: { lastSignInAt: now } });
  return session;
}

/** The session, if it is neither over nor revoked and its person may still sign in. Notes the use. */
export async function findLiveSession(sessionId: string): Promise<LiveSession | null> {
  const now = new Date();
  const session = await db().session.findUnique({
    where: { id: sessionId, revokedAt: null, expiresAt: { gt: now }, user: { disabledAt: null } },
    select: { id: true, userId: true, expiresAt: true, createdAt: true, lastSeenAt: true },
  });
  if (!session) return null;
  let { expiresAt } = session;
  if (now.getTime() - session.lastSeenAt.getTime() > TOUCH_EVERY_MS) {
    expiresAt = new Date(Math.min(now.getTime() + IDLE_MS, session.createdAt.getTime() + LIFETIME_MS));
    await db().session.updateMany({ where: { id: sessionId, revokedAt: null }, data: { lastSeenAt: now, expiresAt } });
  }
  return { id: session.id, userId: session.userId, expiresAt };
}

/** Sessions of a person that still let them in, newest first. */
export function listLiveSessions(userId: string) {
  return db().session.findMany({
    where: { userId, revokedAt: null, expiresAt: { gt: new Date() } },
    orderBy: { lastSeenAt: "desc" },
  });
}

/** Ends one session of this person. False when there is none. */
export async function revokeSession(userId: string, sessionId: string): Promise<boolean> {
  const { count } = await db().session.updateMany({
    where: { id: sessionId, userId, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  return count > 0;
}

/** Ends all sessions of this person but one: after a new password. */
export async function revokeOtherSessions(userId: string, keptSessionId: string | null): Promise<void> {
  await db().session.updateMany({
    where: { userId, revokedAt: null, ...(keptSessionId ? { id: { not: keptSessionId } } : {}) },
    data: { revokedAt: new Date() },
  });
}
