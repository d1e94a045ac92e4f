import type { Actor } from "@/server/access/actor";
import { findUserActor } from "./load-actor";
import { readSessionId } from "./next-auth";
import { originOf } from "./request-origin";
import { findLiveSession, type LiveSession } from "./sessions";

export interface SignedInRequest {
  actor: Actor;
  session: LiveSession;
}

/** Who sent this request; null when nobody is signed in, or the session is over or revoked. */
export async function findSignedIn(headers: Headers): Promise<SignedInRequest | null> {
  const cookies = parseCookies(headers.get("cookie") ?? "");
  const sessionId = await readSessionId((name) => cookies.get(name));
  if (!sessionId) return null;
  const session = await findLiveSession(sessionId);
  if (!session) return null;
  const actor = await findUserActor(session.userId, originOf(headers).ip);
  return actor && { actor, session };
}

function parseCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    if (at > 0) cookies.set(part.slice(0, at).trim(), decodeURIComponentSafely(part.slice(at + 1).trim()));
  }
  return cookies;
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
