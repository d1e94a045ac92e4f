import { sha256Hex } from "@/server/platform/crypto";
import { db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { verifyPassword } from "./passwords";
import { assertWithinRate, forgetUses, type RateRule } from "./rate-limit";
import { createSession, type LiveSession, type Origin } from "./sessions";

const WINDOW_SECONDS = 15 * 60;
const ATTEMPTS_PER_MAIL = 10;
const ATTEMPTS_PER_ADDRESS = 100;

export interface SignedIn {
  user: { id: string; name: string; email: string };
  session: LiveSession;
}

/** Counters by what was typed, whether or not somebody has that address: the answers must not tell. */
function rules(email: string, ip: string | null): { mail: RateRule; address: RateRule } {
  return {
    mail: { key: `sign-in:mail:${sha256Hex(email)}`, limit: ATTEMPTS_PER_MAIL, windowSeconds: WINDOW_SECONDS },
    address: { key: `sign-in:ip:${ip ?? "unknown"}`, limit: ATTEMPTS_PER_ADDRESS, windowSeconds: WINDOW_SECONDS },
  };
}

/**
 * Signs a person in. Throws SIGN_IN_FAILED for an unknown person, a wrong password and a disabled account alike (and
 * equally late), RATE_LIMITED after too many attempts.
 */
export async function signIn(credentials: { email: string; password: string }, origin: Origin): Promise<SignedIn> {
  const email = credentials.email.trim().toLowerCase();
  const { mail, address } = rules(email, origin.ip);
  await assertWithinRate([address, mail]);
  const user = await db().user.findUnique({
    where: { email },
    select: { id: true, name: true, email: true, passwordHash: true, disabledAt: true },
  });
  const right = await verifyPassword(user?.passwordHash ?? null, credentials.password);
  if (!user || !right || user.disabledAt) throw new DomainError("SIGN_IN_FAILED");
  await forgetUses([mail.key]);
  const session = await createSession(user.id, origin);
  return { user: { id: user.id, name: user.name, email: user.email }, session };
}
