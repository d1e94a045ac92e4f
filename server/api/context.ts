import { randomUUID } from "node:crypto";
import type { Actor } from "@/server/access/actor";
import { findSignedIn } from "@/server/auth/current-session";
import { originOf } from "@/server/auth/request-origin";
import type { LiveSession } from "@/server/auth/sessions";

/** What every procedure knows of the request. */
export interface Context {
  /** Null: nobody is signed in. */
  readonly actor: Actor | null;
  readonly session: LiveSession | null;
  readonly ip: string | null;
  readonly requestId: string;
  /** Who sent it as things stand now; for streams, which outlive what was true at their beginning. */
  refresh(): Promise<Actor | null>;
}

/** Reads who sent the request from its cookies. */
export async function createContext({ headers }: { headers: Headers }): Promise<Context> {
  const signedIn = await findSignedIn(headers);
  return {
    actor: signedIn?.actor ?? null,
    session: signedIn?.session ?? null,
    ip: originOf(headers).ip,
    requestId: randomUUID(),
    refresh: async () => (await findSignedIn(headers))?.actor ?? null,
  };
}
